"""What happens at `await`: a coroutine waits for another one, which sleeps.

The README tells it in five pictures, made of this program's recording (`python scripts/readme_pictures.py`).
"""

import asyncio


async def worker(delay):
    await asyncio.sleep(delay)
    return "done"


async def main():
    result = await worker(0.1)
    print(result)


asyncio.run(main())
