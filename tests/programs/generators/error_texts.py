# Every error of send, throw and close: wrong values, wrong arguments, in generators, coroutines and async generators.
import types
def g():
    yield 1
async def c():
    await stop()
@types.coroutine
def stop():
    yield 1
async def a():
    yield 1
def attempt(name, act):
    try: print(name, act())
    except BaseException as e: print(name, type(e).__name__, e)
def never(coro):
    coro.close()
    return coro
attempt("send value", lambda: g().send(1))
x = c(); attempt("coro send value", lambda: x.send(1)); x.close()
attempt("agen send value", lambda: a().asend(1).send(None))
attempt("send nothing", lambda: g().send())
attempt("send two", lambda: g().send(1, 2))
attempt("reuse", lambda: never(c()).send(None))
attempt("reuse by throw", lambda: never(c()).throw(KeyError("k")))
done = g(); list(done)
attempt("done next", lambda: next(done))
attempt("done send", lambda: done.send(5))
attempt("done throw", lambda: done.throw(KeyError("k")))
attempt("done close", lambda: done.close())
for thing in (5, "text", None, int, object()):
    attempt("throw " + type(thing).__name__, lambda: str(g().throw(thing)))
def stubborn():
    while True:
        try: yield 1
        except GeneratorExit: pass
        except KeyError: return
s = stubborn(); next(s)
attempt("close that yields", lambda: s.close())
attempt("then", lambda: s.throw(KeyError))
async def stubborn_coro():
    try: await stop()
    except GeneratorExit: await stop()
k = stubborn_coro(); k.send(None)
attempt("coro close that awaits", lambda: k.close())
attempt("iterate a coroutine", lambda: list(k))
attempt("next of a coroutine", lambda: next(k))
attempt("iterate an async generator", lambda: list(a()))
k.close()
