# since: 3.14
# What lies beneath a coroutine that is cancelled through one of the library's.
import asyncio, sys
def names():
    frame, found = sys._getframe(1), []
    while frame.f_code.co_name not in ("_run", "run"): found.append(frame.f_code.co_name); frame = frame.f_back
    return found
async def cleanup():
    try: await asyncio.sleep(10)
    except asyncio.CancelledError: print(names()); raise
async def main():
    try: await asyncio.wait_for(cleanup(), 0.01)
    except TimeoutError: print("timeout", names())
    task = asyncio.ensure_future(asyncio.wait_for(cleanup(), 10))
    await asyncio.sleep(0); await asyncio.sleep(0)
    task.cancel()
    try: await task
    except asyncio.CancelledError: print("cancelled")
asyncio.run(main())
