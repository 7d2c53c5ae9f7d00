# Cancellation: caught, shielded, in finally, by timeouts; the stack of a suspended task.
import asyncio
async def worker(name):
    try:
        await asyncio.sleep(10)
    except asyncio.CancelledError:
        print(name, "cancelled")
        raise
    finally: print(name, "finally")
async def main():
    t = asyncio.create_task(worker("a"))
    await asyncio.sleep(0)
    print([f.f_code.co_name for f in t.get_stack()], t.done())
    t.cancel()
    try: await t
    except asyncio.CancelledError: print("seen", t.cancelled())
    try: await asyncio.wait_for(worker("b"), 0.01)
    except asyncio.TimeoutError: print("timeout")
    inner = asyncio.create_task(worker("c"))
    try: await asyncio.wait_for(asyncio.shield(inner), 0.01)
    except asyncio.TimeoutError: print("shielded", inner.done())
    inner.cancel()
    print(await asyncio.gather(inner, return_exceptions=True))
    done, pending = await asyncio.wait([asyncio.create_task(asyncio.sleep(0, 1)), asyncio.create_task(asyncio.sleep(5))],
                                       return_when=asyncio.FIRST_COMPLETED)
    print([d.result() for d in done], len(pending))
asyncio.run(main())
