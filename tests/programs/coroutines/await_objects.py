# What can be awaited: __await__ with generators, iterators, coroutines of types.coroutine; and what cannot.
import types
class A:
    def __await__(self): r = yield "from A"; return f"A got {r}"
class B:
    def __await__(self): return iter(["b1", "b2"])
class NotIter:
    def __await__(self): return 5
class Coro:
    def __await__(self): return other()
async def other(): pass
@types.coroutine
def gen(): yield "g"; return "gen result"
async def main(x): return await x
def drive(c, *values):
    out = []
    try:
        v = None
        while True:
            out.append(c.send(v)); v = "sent"
    except StopIteration as e: return out, e.value
    except Exception as e: return out, type(e).__name__, str(e)
    finally: c.close()
for x in (A(), B(), gen(), NotIter(), Coro(), 5, None, [1], (i for i in ())):
    print(drive(main(x)))
