# Queue, Lock, Event, Semaphore, Condition: who waits and who goes on.
import asyncio
async def producer(q):
    for i in range(4): await q.put(i); print("put", i)
    await q.put(None)
async def consumer(q):
    while (x := await q.get()) is not None: print("got", x)
async def locked(lock, name, log):
    async with lock:
        log.append(name); await asyncio.sleep(0); log.append(name)
async def main():
    q = asyncio.Queue(2)
    await asyncio.gather(producer(q), consumer(q))
    lock, log = asyncio.Lock(), []
    await asyncio.gather(*(locked(lock, n, log) for n in "abc"))
    print(log)
    event = asyncio.Event()
    async def waiter(n): await event.wait(); return n
    tasks = [asyncio.create_task(waiter(i)) for i in range(3)]
    await asyncio.sleep(0)
    event.set()
    print(await asyncio.gather(*tasks))
    sem, running, most = asyncio.Semaphore(2), 0, 0
    async def limited():
        nonlocal running, most
        async with sem:
            running += 1; most = max(most, running); await asyncio.sleep(0); running -= 1
    await asyncio.gather(*(limited() for _ in range(6)))
    print(most)
    cond = asyncio.Condition()
    async def notified():
        async with cond: await cond.wait(); return "notified"
    t = asyncio.create_task(notified())
    await asyncio.sleep(0)
    async with cond: cond.notify_all()
    print(await t)
asyncio.run(main())
