# Seeds 000 and 002: the first program, with a loop that it makes itself and an end.
import asyncio

async def coroutine1():
    print("coroutine1 first entry point")
    await asyncio.sleep(0.05)
    print("coroutine1 second entry point")

async def coroutine2():
    print("coroutine2 first entry point")
    await asyncio.sleep(0.1)
    print("coroutine2 second entry point")

async def main():
    await asyncio.gather(coroutine1(), coroutine2())

asyncio.run(main())
