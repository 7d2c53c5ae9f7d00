# Weak references to coroutines, functions, bound methods and classes; callbacks; WeakMethod; finalize.
import weakref
def g(): yield 1
async def c(): pass
co = c(); rc = weakref.ref(co); co.close(); del co; print(rc())
def make():
    def inner(): return 1
    return inner
f = make(); rf = weakref.ref(f, lambda ref: print("function gone")); f = None
class A:
    def m(self): return "m"
    def __del__(self): print("del A")
a = A()
rm = weakref.WeakMethod(a.m)
print(rm()(), weakref.ref(a.m)())
weakref.finalize(a, print, "finalized", 1)
values = weakref.WeakValueDictionary(k=a)
keys = weakref.WeakKeyDictionary({a: 1})
print(list(values), len(keys))
del a
print(rm(), list(values), len(keys))
it = g(); next(it)
r = weakref.ref(it); print(r() is it); del it; print(r())
p = weakref.proxy(g)
print(p.__name__)
