# Seed 002: the generator-based coroutine, mended with types.coroutine.
import asyncio
import types

@types.coroutine
def coroutine3():
    print("coroutine3 first entry point")
    yield from asyncio.sleep(0.01)
    print("coroutine3 second entry point")

async def main():
    await coroutine3()

asyncio.run(main())
