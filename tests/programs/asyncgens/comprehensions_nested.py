# Asynchronous comprehensions inside comprehensions that are not asynchronous otherwise.
# since: 3.11
import asyncio
async def agen(n):
    for i in range(n):
        await asyncio.sleep(0)
        yield i
async def main():
    print([[y async for y in agen(x)] for x in range(3)])
    print({x: {y async for y in agen(x)} for x in range(3)}, [await agen(x + 1).__anext__() for x in range(2)])
    print([x async for x in (y * 2 async for y in agen(3))], [[z async for z in agen(x) if z] async for x in agen(4)])
    try: print([[1 // y async for y in agen(x)] for x in range(2)])
    except ZeroDivisionError as e: print(e)
asyncio.run(main())
