# asyncio.timeout, timeout_at, nested ones, reschedule; wait_for.
# since: 3.11
import asyncio
async def main():
    try:
        async with asyncio.timeout(0.01) as t: await asyncio.sleep(10)
    except TimeoutError as e: print("timeout", t.expired(), repr(e.__cause__), e.args)
    async with asyncio.timeout(10) as t: await asyncio.sleep(0)
    print(t.expired())
    try:
        async with asyncio.timeout(10):
            try:
                async with asyncio.timeout(0.01): await asyncio.sleep(10)
            except TimeoutError: print("inner"); raise KeyError("from inner") from None
    except KeyError as e: print(e)
    async with asyncio.timeout(None) as t:
        t.reschedule(asyncio.get_running_loop().time() + 10)
        print(t.when() is not None, t.expired())
    try: await asyncio.wait_for(asyncio.sleep(10), 0.01)
    except TimeoutError as e: print(repr(e))
    print(await asyncio.wait_for(asyncio.sleep(0, "in time"), 10))
    async def cleanup():
        try: await asyncio.sleep(10)
        finally: print("cleaned up")
    try: await asyncio.wait_for(cleanup(), 0.01)
    except TimeoutError: print("after cleanup")
    done, pending = await asyncio.wait([asyncio.create_task(asyncio.sleep(0)), p := asyncio.create_task(asyncio.sleep(10))], timeout=0.02)
    print(len(done), len(pending)); p.cancel()
asyncio.run(main())
