# What with refuses, by text; errors in __enter__ and __exit__; results of __exit__ that are odd.
class Nothing: pass
class OnlyEnter:
    def __enter__(self): return 1
class OnlyExit:
    def __exit__(self, *a): return 1
class Odd:
    def __init__(self, result): self.result = result
    def __enter__(self): return self
    def __exit__(self, kind, value, tb): print("exit", kind and kind.__name__, value, tb is not None); return self.result
class Truth:
    def __bool__(self): raise OverflowError("no truth")
for thing in (Nothing(), OnlyEnter(), OnlyExit(), 5, None):
    try:
        with thing: print("never")
    except (TypeError, AttributeError) as e: print(type(e).__name__, e)
for result in (True, False, None, 1, "", [0], Truth()):
    try:
        with Odd(result): raise KeyError("k")
        print("suppressed")
    except Exception as e: print(type(e).__name__, e, repr(e.__context__))
with Odd(Truth()): print("no error, no truth asked")
class BadExit(Odd):
    def __exit__(self, *a): raise ValueError("exit fails")
try:
    with BadExit(0): raise KeyError("body")
except ValueError as e: print(e, repr(e.__context__))
class BadEnter(Odd):
    def __enter__(self): raise ValueError("enter fails")
try:
    with Odd(None) as a, BadEnter(None) as b: print("never")
except ValueError as e: print(e)
def f():
    for i in range(3):
        with Odd(None):
            if i == 0: continue
            if i == 1: break
    with Odd(None): return "returned"
print(f())
try:
    with Odd(None) as (p, q): print("never")
except TypeError as e: print(e)
