# Async iterators of classes, async comprehension kinds, aiter and anext.
import asyncio
class Count:
    def __init__(self, n): self.i, self.n = 0, n
    def __aiter__(self): return self
    async def __anext__(self):
        if self.i == self.n: raise StopAsyncIteration
        self.i += 1
        await asyncio.sleep(0)
        return self.i
async def main():
    print([x async for x in Count(3)], {x async for x in Count(2)}, {x: -x async for x in Count(2)}, [y async for y in (x async for x in Count(2))])
    print([x for x in [await anext(Count(1))]], [await asyncio.sleep(0, i) for i in range(3)], await anext(Count(0), "none"))
    it = aiter(Count(2))
    print(await anext(it), await anext(it))
    async for x in Count(5):
        if x == 2: continue
        if x == 4: break
        print(x)
    else: print("no")
    print([(a, b) async for a in Count(2) for b in range(a)])
asyncio.run(main())
