# What async for and async with say of objects that are not for them.
import asyncio
class NoAnext:
    def __aiter__(self): return self
class BadAnext:
    def __aiter__(self): return self
    def __anext__(self): return 5
class Ok:
    def __init__(self): self.n = 0
    def __aiter__(self): return self
    async def __anext__(self):
        self.n += 1
        if self.n > 2: raise StopAsyncIteration
        return self.n
class BadEnter:
    def __aenter__(self): return 5
    async def __aexit__(self, *a): pass
async def loop(x):
    out = []
    async for v in x: out.append(v)
    else: out.append("else")
    return out
async def manage(x):
    async with x: return "in"
async def main():
    for f, x in ((loop, [1]), (loop, NoAnext()), (loop, BadAnext()), (loop, Ok()), (manage, BadEnter())):
        try: print(await f(x))
        except TypeError as e: print(e)
asyncio.run(main())
