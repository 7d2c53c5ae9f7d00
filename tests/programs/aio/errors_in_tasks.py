# Exceptions in tasks: retrieved, traceback lines, never retrieved, uncaught out of asyncio.run.
import asyncio, traceback
async def fails(n):
    await asyncio.sleep(0)
    raise ValueError(n)
async def main():
    t = asyncio.create_task(fails(1))
    try: await t
    except ValueError as e: print([(s.name, s.lineno) for s in traceback.extract_tb(e.__traceback__)])
    print(await asyncio.gather(fails(2), fails(3), return_exceptions=True))
    for c in asyncio.as_completed([fails(4)]):
        try: await c
        except ValueError as e: print("as_completed", e)
    await fails(5)
asyncio.run(main())
