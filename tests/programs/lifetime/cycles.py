# Cycles: through instances, closures, frames and tracebacks; gc.collect finds them.
import gc, weakref
class N: pass
gc.disable()
a = N(); a.me = a
r = weakref.ref(a)
del a
print(r() is not None)
gc.collect()
print(r() is None)
def f():
    n = N()
    def g(): return g, n
    return weakref.ref(n)
r = f()
print(r() is not None)
gc.collect()
print(r() is None)
def h():
    n = N()
    try: 1 / 0
    except ZeroDivisionError as e: kept = e
    return weakref.ref(n)
r = h()
print(r() is not None)
gc.collect()
print(r() is None)
