# Tasks: names, states, results, callbacks, cancel counts, stack, repr; cancel before start; cancel suppressed.
import asyncio, re
async def sleeper(t=10):
    try: await asyncio.sleep(t)
    except asyncio.CancelledError as e: print("cancelled", e.args); raise
async def main():
    t = asyncio.create_task(sleeper(), name="one")
    print(t.get_name(), t.done(), t.cancelled(), t.get_coro().__name__, len(t.get_stack()))
    await asyncio.sleep(0)
    print(t.get_stack()[0].f_code.co_name, re.sub(r"0x\w+", "", repr(t._fut_waiter is not None)))
    t.add_done_callback(lambda t: print("callback", t.cancelled()))
    print(t.cancel("why"), t.cancelled())
    try: await t
    except asyncio.CancelledError as e: print("caught", e.args)
    print(t.done(), t.cancelled(), t.cancel())
    never = asyncio.create_task(sleeper()); never.cancel()
    print(await asyncio.gather(never, return_exceptions=True))
    async def stubborn():
        try: await asyncio.sleep(10)
        except asyncio.CancelledError: return "survived"
    s = asyncio.create_task(stubborn()); await asyncio.sleep(0); s.cancel()
    print(await s, s.cancelled())
    async def fails(): raise KeyError("f")
    f = asyncio.create_task(fails()); await asyncio.wait([f])
    print(repr(f.exception()))
    try: f.result()
    except KeyError as e: print([fr.name for fr in __import__("traceback").extract_tb(e.__traceback__)][-1])
    print(asyncio.current_task().get_name().startswith("Task-"), len(asyncio.all_tasks()))
    inner = asyncio.create_task(asyncio.sleep(0.01, "shielded"))
    outer = asyncio.create_task(wait_shield(inner)); await asyncio.sleep(0); outer.cancel()
    try: await outer
    except asyncio.CancelledError: print("outer cancelled", inner.cancelled(), await inner)
async def wait_shield(x): return await asyncio.shield(x)
asyncio.run(main())
