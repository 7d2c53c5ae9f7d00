# as_completed, wait with FIRST_COMPLETED and FIRST_EXCEPTION, gather inside gather, call_later order, loop callbacks.
import asyncio
async def job(n, fail=False):
    for _ in range(n): await asyncio.sleep(0)
    if fail: raise ValueError(n)
    return n
async def main():
    print([await f for f in asyncio.as_completed([job(n) for n in (6, 2, 4)])])
    done, pending = await asyncio.wait([asyncio.create_task(job(n)) for n in (9, 1)], return_when=asyncio.FIRST_COMPLETED)
    print([t.result() for t in done], len(pending)); print(await pending.pop())
    done, pending = await asyncio.wait([asyncio.create_task(job(n, n == 2)) for n in (9, 2)], return_when=asyncio.FIRST_EXCEPTION)
    print([repr(t.exception()) for t in done], await pending.pop())
    print(await asyncio.gather(asyncio.gather(job(1), job(2)), job(3)))
    print([repr(x) for x in await asyncio.gather(job(1), job(2, True), return_exceptions=True)])
    loop, order, end = asyncio.get_running_loop(), [], asyncio.Event()
    for delay in (0.03, 0.01, 0.02): loop.call_later(delay, order.append, delay)
    loop.call_soon(order.append, "soon"); loop.call_later(0.04, end.set)
    handle = loop.call_later(0.01, order.append, "never"); handle.cancel()
    await end.wait()
    print(order, handle.cancelled())
    future = loop.create_future()
    loop.call_soon(future.set_result, "set")
    print(await future)
    loop.set_exception_handler(lambda loop, context: print("handler", context["message"][:22], repr(context["exception"])))
    loop.call_soon(lambda: 1 // 0)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
asyncio.run(main())
