# Errors of coroutines: never awaited, reused, awaited twice at once, not iterable, yield from one.
import gc, warnings
warnings.simplefilter("always")
async def co(): return 1
def trial(f):
    try: print("ok", f())
    except Exception as e: print(type(e).__name__, e)
c = co()
trial(lambda: [x for x in c])
trial(lambda: next(c))
def yf(): yield from c
trial(lambda: list(yf()))
c.close()
with warnings.catch_warnings(record=True) as w:
    warnings.simplefilter("always")
    co()
    gc.collect()
    print([str(x.message) for x in w], [x.category.__name__ for x in w])
import types
@types.coroutine
def pause(): yield
async def waits(): await pause()
async def shares(x): await x
s = waits()
a, b = shares(s), shares(s)
a.send(None)
trial(lambda: b.send(None))
a.close(); b.close()
async def stop(): raise StopIteration("x")
trial(lambda: stop().send(None))
