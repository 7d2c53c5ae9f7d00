# Annotations in each of annotationlib's formats: it runs __annotate__ with globals that are not there.
# since: 3.14
import re
import annotationlib, typing, functools
from annotationlib import Format, get_annotations
class C:
    a: nowhere
    b: list[nowhere.x]
    c: "text"
    d: int
def f(x: nowhere, *, y: C | nowhere = 1, **k: typing.Unpack[nope]) -> {1: missing}: pass
def outer():
    T = int
    def inner(a: T, b: U) -> f"{T}": pass
    if 0: U = 3
    return inner
class N(typing.NamedTuple):
    x: later
    y: "int" = 3
class D(typing.TypedDict, total=False):
    k: later
def deco(fn):
    @functools.wraps(fn)
    def w(*a): pass
    return w
for o in (C, f, outer(), N, D, deco(f)):
    for form in (Format.STRING, Format.FORWARDREF, Format.VALUE):
        try: print(o.__name__, form.name, re.sub(r"0x\w+", "0x", str(get_annotations(o, format=form))))
        except Exception as e: print(type(e), e)
def hand(format, /):
    import sys
    print("hand", format, sys._getframe().f_code.co_name)
    if format > 2: raise NotImplementedError
    return {"q": int}
C.__annotate__ = hand
for form in (Format.STRING, Format.FORWARDREF, Format.VALUE):
    try: print(form, get_annotations(C, format=form))
    except Exception as e: print(type(e), e)
import inspect
print(inspect.signature(f, annotation_format=Format.STRING))
