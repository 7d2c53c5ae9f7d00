# gi_ attributes and inspect's states over a generator's life.
import inspect, types
def inner(): yield 1
def gen(x):
    y = x + 1
    yield y
    yield from sub
sub = inner()
g = gen(5)
print(inspect.getgeneratorstate(g), g.gi_running, g.gi_yieldfrom, g.gi_code is gen.__code__, g.gi_frame.f_code.co_name)
print(g.__name__, g.__qualname__, type(g).__name__, isinstance(g, types.GeneratorType), repr(g).split(" at ")[0])
print(next(g), inspect.getgeneratorstate(g), g.gi_frame.f_locals, inspect.getgeneratorlocals(g), g.gi_frame.f_lineno)
next(g)
print(g.gi_yieldfrom is sub, g.gi_frame.f_back)
list(g)
print(inspect.getgeneratorstate(g), g.gi_frame, g.gi_code.co_name, g.gi_yieldfrom)
def own():
    print(me.gi_running, inspect.getgeneratorstate(me), me.gi_frame.f_back.f_code.co_name)
    yield
me = own(); next(me)
g.__name__ = "renamed"
print(g.__name__)
for name, value in (("gi_running", 1), ("gi_frame", None), ("__name__", 5), ("new", 1)):
    try: setattr(g, name, value)
    except (AttributeError, TypeError) as e: print(type(e).__name__, e)
print([n for n in dir(g) if not n.startswith("_")])
for name in ("__name__", "gi_running", "gi_frame", "new"):
    try: delattr(g, name)
    except (AttributeError, TypeError) as e: print(type(e).__name__, e)
async def coroutine(): pass
async def async_generator(): yield
c = coroutine()
for each in (g, c, c.__await__(), async_generator(), g.gi_code, me.gi_frame):
    print(type(each).__name__, each.__doc__ and each.__doc__[:9], [hasattr(each, name) for name in ("__annotations__", "__dict__")])
c.close()
