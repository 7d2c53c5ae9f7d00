"""Two coroutines that sleep: why does their output interleave as it does?

Run it with `lasti run examples/coroutine.py`.  At the end the turns are drawn: `->` where a coroutine was resumed,
`<-` where it was suspended.  (The study notes from which this program comes call `run_forever`; this one ends.)
"""

import asyncio


async def coroutine1():
    print("coroutine1 first entry point")
    await asyncio.sleep(1)
    print("coroutine1 second entry point")


async def coroutine2():
    print("coroutine2 first entry point")
    await asyncio.sleep(2)
    print("coroutine2 second entry point")


async def main():
    await asyncio.gather(coroutine1(), coroutine2())


asyncio.run(main())
