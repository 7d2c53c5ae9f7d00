# contextlib.contextmanager over watched generators: exceptions in, out, swallowed.
from contextlib import ExitStack, contextmanager, suppress
@contextmanager
def cm(name, swallow=False):
    print("enter", name)
    try: yield name.upper()
    except ValueError as e:
        print("saw", e)
        if not swallow: raise
    finally: print("exit", name)
with cm("a") as x: print(x)
with cm("b", True): raise ValueError("swallowed")
try:
    with cm("c"): raise ValueError("out")
except ValueError as e: print("caught", e)
with ExitStack() as stack:
    stack.enter_context(cm("d")); stack.enter_context(cm("e")); stack.callback(print, "callback")
with suppress(KeyError): {}["k"]
@contextmanager
def twice(): yield 1; yield 2
try:
    with twice(): pass
except RuntimeError as e: print(e)
@contextmanager
def never():
    return
    yield
try:
    with never(): pass
except RuntimeError as e: print(e)
@cm("deco")
def f(): return "f"
print(f())
