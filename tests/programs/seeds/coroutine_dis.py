# Seed 002: the bytecode of a native coroutine: await is SEND and YIELD_VALUE.
import asyncio

async def coroutine1():
    print("coro1 first entry point")
    await asyncio.sleep(1)
    print("coro1 second entry point")

import dis
dis.dis(coroutine1)
