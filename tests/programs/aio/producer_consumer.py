# Several producers and consumers, sentinel, join and task_done.
import asyncio
async def main():
    q, out = asyncio.Queue(), []
    async def produce(n):
        for i in range(3): await q.put((n, i)); await asyncio.sleep(0)
    async def consume():
        while True:
            item = await q.get()
            out.append(item)
            q.task_done()
    workers = [asyncio.create_task(consume()) for _ in range(2)]
    await asyncio.gather(*(produce(n) for n in "ab"))
    await q.join()
    for w in workers: w.cancel()
    print(sorted(out), await asyncio.gather(*workers, return_exceptions=True))
asyncio.run(main())
