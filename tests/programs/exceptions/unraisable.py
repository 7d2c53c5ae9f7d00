# Exceptions in __del__ and in weakref callbacks go to sys.unraisablehook.
import sys, weakref
def hook(args): print("unraisable", type(args.exc_value).__name__, args.exc_value)
sys.unraisablehook = hook
class A:
    def __del__(self): raise ValueError("in del")
a = A()
del a
class B: pass
b = B()
def callback(r): raise KeyError("in callback")
r = weakref.ref(b, callback)
del b
def gen():
    try: yield
    finally: raise OSError("in finally")
g = gen()
next(g)
del g
print("alive")
