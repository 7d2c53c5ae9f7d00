# The rules of asend, athrow and aclose by hand: already running, reuse, non-None, ignored exits.
import types
@types.coroutine
def pause(): yield "paused"
async def agen():
    try:
        await pause()
        x = yield 1
        await pause()
        yield x
    finally: await pause()
def result(f):
    try: return "yielded", f()
    except StopIteration as e: return "returned", e.value
    except BaseException as e: return type(e).__name__, str(e)
g = agen()
a = g.asend(None)
print(result(lambda: a.send(None)), g.ag_running, result(lambda: g.asend(None).send(None)), result(lambda: a.send(None)))
print(result(lambda: a.send(None)), g.ag_running)
b = g.asend("x")
print(result(lambda: b.send(None)), result(lambda: b.send(None)))
print(result(lambda: agen().asend("early").send(None)))
c = g.aclose()
print(result(lambda: c.send(None)), result(lambda: c.send(None)), result(lambda: c.send(None)))
print(result(lambda: g.asend(None).send(None)), result(lambda: g.aclose().send(None)))
async def stubborn():
    try: yield 1
    except GeneratorExit: yield 2
s = stubborn()
print(result(lambda: s.asend(None).send(None)), result(lambda: s.aclose().send(None)))
async def stop(): raise StopAsyncIteration; yield
print(result(lambda: stop().asend(None).send(None)))
async def stop2(): raise StopIteration; yield
print(result(lambda: stop2().asend(None).send(None)))
t = agen()
print(result(lambda: t.athrow(KeyError("k")).send(None)), t.ag_frame, t.ag_code.co_name)
