# aclose and athrow: before the start, suspended, after the end, ignored, answered with a yield.
import asyncio
log = print
async def g(name):
    try:
        log(name, "start")
        yield 1
        yield 2
    except ValueError as e:
        log(name, "caught", e)
        yield "answer"
    finally:
        await asyncio.sleep(0)
        log(name, "finally")
async def attempt(what):
    try: log(await what)
    except BaseException as e: log(type(e).__name__, e)
async def main():
    a = g("a"); await attempt(a.aclose()); await attempt(a.__anext__())
    b = g("b"); await attempt(b.__anext__()); await attempt(b.aclose()); await attempt(b.__anext__()); await attempt(b.aclose())
    c = g("c"); await attempt(c.__anext__()); await attempt(c.athrow(ValueError("v"))); await attempt(c.__anext__()); await attempt(c.athrow(ValueError("late")))
    d = g("d"); await attempt(d.athrow(ValueError("early"))); await attempt(d.__anext__())
    e = g("e"); await attempt(e.__anext__()); await attempt(e.athrow(KeyError("not caught"))); await attempt(e.__anext__())
    async def stubborn():
        try: yield 1
        except GeneratorExit: yield 2
    s = stubborn(); await attempt(s.__anext__()); await attempt(s.aclose()); await attempt(s.__anext__())
    async def stops():
        yield 1
        raise StopAsyncIteration("by hand")
    t = stops(); await attempt(t.__anext__()); await attempt(t.__anext__())
    async def stops2():
        yield 1
        raise StopIteration("by hand")
    t = stops2(); await attempt(t.__anext__()); await attempt(t.__anext__())
    u = g("u"); x = u.__anext__()
    await attempt(x); await attempt(x)
    y = u.aclose(); await attempt(y); await attempt(y)
    z = g("z"); x = z.asend(None); x.close(); await attempt(x)
    w = g("w"); await attempt(w.asend(5)); await attempt(w.asend(None)); await attempt(w.asend(5)); await attempt(w.aclose())
asyncio.run(main())
