# The loop by hand: call_soon, call_later, futures, run_until_complete, callbacks, exception handler, debug repr.
import asyncio
loop = asyncio.new_event_loop()
order = []
loop.call_later(0.002, order.append, "later")
loop.call_soon(order.append, "soon")
loop.call_soon(lambda: order.append("lambda"))
async def main():
    fut = loop.create_future()
    fut.add_done_callback(lambda f: order.append(("done", f.result())))
    loop.call_later(0.004, fut.set_result, "value")
    order.append(await fut)
    return "result"
print(loop.run_until_complete(main()), order)
loop.set_exception_handler(lambda l, c: print("handler", c["message"].split(" at ")[0][:22], repr(c["exception"])))
def boom(): raise RuntimeError("in callback")
loop.call_soon(boom)
loop.run_until_complete(asyncio.sleep(0.001))
async def f(x): y = x ** 2; return y
async def g(x): print(await f(x))
loop.run_until_complete(g(10))
loop.close()
print(loop.is_closed())
