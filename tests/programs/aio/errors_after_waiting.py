# A coroutine raises after it waited: at once, where it goes on, in finally, in what it awaits next.
import asyncio

async def inner(n):
    await asyncio.sleep(0)
    y = n
    raise KeyError(y)

async def through(n):
    await inner(n)

async def twice(n):
    await asyncio.sleep(0)
    await asyncio.get_running_loop()

async def done(n):
    await asyncio.sleep(0)
    f = failed
    await f

async def name(n):
    await asyncio.sleep(0)
    missing

async def same(n):
    await asyncio.sleep(0), missing

async def assigned(n):
    x, y = await asyncio.sleep(0)

async def returned(n):
    return 1 / (await asyncio.sleep(0, 0))

async def finally_(n):
    try:
        await asyncio.sleep(0)
        z = n
        z.missing
    finally:
        n = 3

async def with_(n):
    async with asyncio.Lock():
        await asyncio.sleep(0)
        z = n
        z.missing

async def cancelled(n):
    asyncio.current_task().cancel()
    await asyncio.sleep(0)

async def stop(n):
    await asyncio.sleep(0)
    q = 1
    raise StopIteration

async def agen(n):
    await asyncio.sleep(0)
    yield 1
    q = 2
    raise LookupError

async def over(n):
    async for x in agen(n):
        pass

def gen(n):
    yield 1
    q = 1
    raise LookupError

def deleg(n):
    yield from gen(n)

def deleg2(n):
    yield from [1]
    q = 2
    raise LookupError

async def main():
    global failed
    failed = asyncio.get_running_loop().create_future(); failed.set_exception(OSError("no"))
    for f in inner, through, twice, done, name, same, assigned, returned, finally_, with_, cancelled, stop, over:
        t = asyncio.create_task(f(1))
        await asyncio.wait([t])
        print(f.__name__, type(t.cancelled() or t.exception()).__name__)
    for g in gen, deleg, deleg2:
        try: print(list(g(1)))
        except Exception as e: print(g.__name__, type(e).__name__)

asyncio.run(main())
