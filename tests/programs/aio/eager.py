# Eager tasks start at once.
# since: 3.12
import asyncio
async def work(n, wait):
    print("start", n)
    if wait: await asyncio.sleep(0)
    print("end", n)
    return n
async def main():
    asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
    a = asyncio.create_task(work(1, False)); print("created", a.done())
    b = asyncio.create_task(work(2, True)); print("created", b.done())
    print(await asyncio.gather(a, b))
asyncio.run(main())
