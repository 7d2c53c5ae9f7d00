# TaskGroup and timeout: errors cancel the others, groups come out.
# since: 3.11
import asyncio
async def ok(n): await asyncio.sleep(0.001); return n
async def bad(): await asyncio.sleep(0); raise ValueError("bad")
async def slow():
    try: await asyncio.sleep(10)
    except asyncio.CancelledError: print("slow cancelled"); raise
async def main():
    async with asyncio.TaskGroup() as tg: a, b = tg.create_task(ok(1)), tg.create_task(ok(2))
    print(a.result(), b.result())
    try:
        async with asyncio.TaskGroup() as tg: tg.create_task(slow()); tg.create_task(bad())
    except* ValueError as g: print(g.exceptions)
    try:
        async with asyncio.timeout(0.01): await asyncio.sleep(5)
    except TimeoutError as e: print("timeout", repr(e))
    try:
        async with asyncio.timeout(None) as t: t.reschedule(asyncio.get_running_loop().time()); await asyncio.sleep(1)
    except TimeoutError: print("rescheduled")
asyncio.run(main())
