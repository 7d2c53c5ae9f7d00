# async for, async comprehensions, athrow, asend, aclose over an async generator.
import asyncio
async def agen(n):
    try:
        for i in range(n):
            await asyncio.sleep(0)
            got = yield i
            if got: print("got", got)
    except ValueError as e:
        print("caught", e)
        yield "after"
    finally: print("finally")
async def main():
    async for x in agen(2): print(x)
    print([x async for x in agen(3) if x], {x async for x in agen(2)} == {0, 1}, {x: x async for x in agen(1)})
    g = agen(5)
    print(await g.__anext__(), await g.asend("hello"), await g.athrow(ValueError("v")))
    await g.aclose()
    try: await g.__anext__()
    except StopAsyncIteration: print("stopped")
    print(await anext(agen(1)), await anext(agen(0), "default"))
    h = agen(3)
    async for x in h: break
    await h.aclose()
    gen = (x async for x in agen(2))
    print([y async for y in gen], type(gen).__name__)
asyncio.run(main())
