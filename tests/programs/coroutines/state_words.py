# inspect's words for the states of coroutines; cr_await along the chain; cr_running from inside.
import inspect, types
@types.coroutine
def pause(value): return (yield value)
async def low():
    print("inside", inspect.getcoroutinestate(top_coro), top_coro.cr_running, inspect.getcoroutinestate(middle_coro))
    return await pause("paused")
async def top(): return await middle_coro
async def middle(): return await low()
middle_coro = middle()
top_coro = top()
print(inspect.getcoroutinestate(top_coro), top_coro.cr_await, top_coro.cr_frame.f_lineno)
print(top_coro.send(None))
print(inspect.getcoroutinestate(top_coro), top_coro.cr_await is middle_coro, middle_coro.cr_await.__name__)
low_coro = middle_coro.cr_await
print(type(low_coro.cr_await).__name__, low_coro.cr_await.gi_code.co_name, inspect.getcoroutinelocals(low_coro))
try: top_coro.send("result")
except StopIteration as e: print(e.value)
print(inspect.getcoroutinestate(top_coro), top_coro.cr_frame, top_coro.cr_await, low_coro.cr_frame)
print(inspect.iscoroutine(low_coro), inspect.isawaitable(pause(1)), inspect.iscoroutinefunction(top), inspect.iscoroutinefunction(pause))
print(inspect.isgenerator(pause(1)), inspect.isgeneratorfunction(pause), bool(pause.__code__.co_flags & inspect.CO_ITERABLE_COROUTINE))
