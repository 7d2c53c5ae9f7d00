# coroutine.__await__() by hand.
import types
@types.coroutine
def pause(): return (yield "p")
async def co(): return await pause()
w = co().__await__()
print(type(w).__name__, iter(w) is w, next(w))
try: w.send("value")
except StopIteration as e: print(e.value)
w = co().__await__(); next(w)
try: w.throw(KeyError("k"))
except KeyError as e: print(repr(e))
w = co().__await__(); w.close()
try: next(w)
except RuntimeError as e: print(e)
