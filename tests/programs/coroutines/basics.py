# A coroutine driven by hand: send, StopIteration, attributes, states.
import inspect, types
@types.coroutine
def pause(v): return (yield v)
async def inner(n):
    got = await pause(("pause", n))
    return got * 2
async def outer():
    total = 0
    for i in range(2): total += await inner(i)
    return total
c = outer()
print(inspect.getcoroutinestate(c), type(c).__name__, c.cr_await, c.cr_running, c.cr_code.co_name, c.cr_frame.f_lineno)
print(c.send(None), inspect.getcoroutinestate(c), c.cr_await.cr_code.co_name, type(c.cr_await.cr_await).__name__)
print(c.send(10))
try: c.send(1)
except StopIteration as e: print("result", e.value)
print(inspect.getcoroutinestate(c), c.cr_frame)
try: c.send(None)
except RuntimeError as e: print(e)
try: outer().send(5)
except TypeError as e: print(e)
