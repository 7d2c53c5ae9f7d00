# Seed 002: yield from a coroutine in a plain generator, which is refused, beside its bytecode.
import asyncio

def coroutine3():
    print("coroutine3 first entry point")
    yield from asyncio.sleep(1)
    print("coroutine3 second entry point")

import dis
dis.dis(coroutine3)
next(coroutine3())
