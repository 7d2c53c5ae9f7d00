# sys.set_asyncgen_hooks: firstiter and finalizer.
import gc, sys
async def agen():
    yield 1
    yield 2
sys.set_asyncgen_hooks(firstiter=lambda g: print("first", g.__name__), finalizer=lambda g: print("final", g.__name__))
g = agen()
try: g.asend(None).send(None)
except StopIteration as e: print(e.value)
del g
gc.collect()
h = agen()
sys.set_asyncgen_hooks(None, None)
print(sys.get_asyncgen_hooks())
