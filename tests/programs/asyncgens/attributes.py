# ag_ attributes, types, inspect.
import inspect, types
async def agen():
    await pause()
    yield 1
@types.coroutine
def pause(): yield "p"
g = agen()
print(type(g).__name__, isinstance(g, types.AsyncGeneratorType), inspect.isasyncgen(g), inspect.isasyncgenfunction(agen))
print(g.ag_running, g.ag_await, g.ag_frame.f_code.co_name, g.__name__, repr(g).split(" at ")[0])
a = g.asend(None)
print(type(a).__name__, a.send(None), g.ag_running, type(g.ag_await).__name__)
try: a.send(None)
except StopIteration as e: print(e.value, g.ag_running)
b = g.aclose()
print(type(b).__name__)
try: b.send(None)
except StopIteration: print("closed", g.ag_frame)
