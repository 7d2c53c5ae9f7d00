# Annotations are evaluated when they are asked for (PEP 649).
# since: 3.14
import annotationlib, typing
x: int = 1
later: Undefined
class C:
    a: int
    b: Later = "b"
    def m(self, v: C) -> list[int]: ...
class Later: pass
print(C.__annotations__, C.m.__annotations__, typing.get_type_hints(C.m))
def f(a: 1 + 1, *b: print, **c: None) -> Missing: ...
try: f.__annotations__
except NameError as e: print(e)
print(annotationlib.get_annotations(f, format=annotationlib.Format.STRING))
print(annotationlib.get_annotations(f, format=annotationlib.Format.FORWARDREF)["a"])
try: __annotations__
except NameError as e: print(e)
Undefined = str
print(annotationlib.get_annotations(__import__("__main__")))
def g(c):
    if c: y: int = 1
    return sorted(locals())
print(g(1))
