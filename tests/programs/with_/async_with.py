# async with: order, swallowing, several managers, contextlib's own.
import asyncio, contextlib
class M:
    def __init__(self, n, swallow=False): self.n, self.s = n, swallow
    async def __aenter__(self): await asyncio.sleep(0); print("enter", self.n); return self
    async def __aexit__(self, *a): await asyncio.sleep(0); print("exit", self.n, a[0] and a[0].__name__); return self.s
@contextlib.asynccontextmanager
async def cm(n):
    print("in", n)
    try: yield n
    finally: print("out", n)
async def main():
    async with M(1) as a, M(2): print(a.n)
    async with M(3, True): raise ValueError
    try:
        async with cm("x") as x, M(4): raise KeyError(x)
    except KeyError as e: print(repr(e))
    async with contextlib.AsyncExitStack() as s:
        await s.enter_async_context(cm("y")); s.push_async_callback(asyncio.sleep, 0)
    async with contextlib.aclosing(agen()) as g:
        async for v in g: print(v); break
async def agen():
    try: yield 1
    finally: print("agen closed")
asyncio.run(main())
