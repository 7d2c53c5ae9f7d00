# weakref callbacks and finalizers run when the last reference goes, not later.
import gc, weakref
class O: pass
o = O()
r = weakref.ref(o, lambda r: print("callback", r() is None))
f = weakref.finalize(o, print, "finalize")
print("before", r() is o)
del o
print("after", f.alive)
d = weakref.WeakValueDictionary()
x = O()
d["k"] = x
print(len(d))
def use():
    y = O()
    d["y"] = y
    return len(d)
print(use(), len(d))
del x
print(len(d))
