"""An async generator: it is suspended in two ways, by `await` and by `yield`.

Run it with `lasti run examples/async_generator.py` and look at the turns of `ticks`: at `await` it goes back to the
event loop, with `report` waiting above it; at `yield` it goes back to `report` only, and the loop does not notice.
The `break` leaves it suspended in its `try`; `aclose()` resumes it with GeneratorExit, so that `finally` runs.
"""

import asyncio


async def ticks(count):
    try:
        for number in range(count):
            await asyncio.sleep(0.01)
            yield number
    finally:
        print("no more ticks")


async def report():
    source = ticks(10)
    async for number in source:
        print("tick", number)
        if number == 2:
            break
    await source.aclose()
    print("squares", [number**2 async for number in ticks(4)])


asyncio.run(report())
