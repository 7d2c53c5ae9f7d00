# Asynchronous comprehensions of every kind, with conditions and awaits, inside async generators.
import asyncio
async def agen(n):
    for i in range(n):
        await asyncio.sleep(0)
        yield i
async def double(x): await asyncio.sleep(0); return x * 2
async def main():
    print([x async for x in agen(4)], sorted({x % 2 async for x in agen(4)}), {x: x * x async for x in agen(3)})
    print([x async for x in agen(6) if x % 2], [await double(x) for x in range(3)], [await double(x) async for x in agen(3) if await double(x) > 1])
    print([(x, y) async for x in agen(2) for y in range(2)], [(x, y) for x in range(2) async for y in agen(2)])
    gen = (x async for x in agen(3))
    print(type(gen).__name__, [x async for x in gen])
    outer = 10
    print([x + outer async for x in agen(2)])
    lazy = (await double(x) for x in range(3))
    print(type(lazy).__name__, [x async for x in lazy])
    try: print([1 // x async for x in agen(3)])
    except ZeroDivisionError as e: print(e, e.__traceback__.tb_next.tb_frame.f_code.co_name if e.__traceback__.tb_next else None)
    async for x in agen(5):
        if x == 1: continue
        if x == 3: break
        print("loop", x)
    else: print("never")
    async for x in agen(0): pass
    else: print("else")
asyncio.run(main())
