# gen_send_ex, entry by entry: what each kind of generator says to send, throw and close, in every state.
import types, sys, inspect, warnings, traceback, gc
def t(label, f):
    try: print(label, "=", repr(f()))
    except BaseException as e:
        print(label, "!", type(e).__name__, e, "| cause", repr(e.__cause__), "| ctx", repr(e.__context__), e.__suppress_context__, [x.name for x in traceback.extract_tb(e.__traceback__)][1:], getattr(e, "value", "-"))
@types.coroutine
def pause(v=None): return (yield v)
def mk_g(body):
    def g():
        r = yield 1
        return (yield from body(r))
    return g
def gen(*a):
    got = yield "first"
    got = yield got
    return "ret"
async def coro():
    got = await pause("first")
    got = await pause(got)
    return "ret"
async def agen():
    got = yield "first"
    got = yield got
def drive(aw, v=None):
    try:
        while 1: print("  loop", aw.send(v))
    except StopIteration as e: return e.value
for name, make in (("gen", gen), ("coro", coro)):
    o = make(); t(name + " send1 fresh", lambda: o.send(1)); t("then", lambda: o.send(None)); t("then", lambda: o.send("v")); t("end", lambda: o.send(0)); t("after", lambda: o.send(0)); t("after none", lambda: o.send(None)); t("throw after", lambda: o.throw(KeyError(1))); t("close after", o.close)
    o = make(); t(name + " throw fresh", lambda: o.throw(KeyError("k"))); t("after", lambda: o.send(None))
    o = make(); t(name + " close fresh", o.close); t("after", lambda: o.send(None)); t("throw", lambda: o.throw(ValueError))
    o = make(); o.send(None); t("throw types", lambda: o.throw(3)); t("none", lambda: o.throw(None)); t("noargs", lambda: o.throw()); t("str", lambda: o.throw("x"));t("5", lambda: o.throw(1, 2, 3, 4)); t("send0", lambda: o.send()); t("send2", lambda: o.send(1, 2)); t("sendkw", lambda: o.send(value=1)); t("close1", lambda: o.close(1))
    with warnings.catch_warnings(record=True) as w:
        warnings.simplefilter("always"); t("3arg", lambda: o.throw(KeyError, "val", None)); print([str(x.message) for x in w])
    o = make(); o.send(None)
    with warnings.catch_warnings(record=True): t("type+inst", lambda: o.throw(KeyError, KeyError("q")))
    o = make(); o.send(None)
    with warnings.catch_warnings(record=True): t("inst+val", lambda: o.throw(KeyError("q"), 1))
    o = make(); o.send(None)
    with warnings.catch_warnings(record=True): t("badtb", lambda: o.throw(KeyError, KeyError("q"), 5))
    o = make(); o.send(None); t("class", lambda: o.throw(KeyError)); 
    o = make(); o.send(None); t("class notexc", lambda: o.throw(int)); t("ok", lambda: o.send(1))
    class BadInit(Exception):
        def __init__(self): 1 / 0
    t("badinit", lambda: o.throw(BadInit))
me = None
def selfg():
    t(" self next", lambda: next(me)); t(" self send", lambda: me.send(1)); t(" self throw", lambda: me.throw(KeyError)); t(" self close", me.close); t(" self clear", lambda: me.gi_frame.clear()); t(" for", lambda: [x for x in me]); t(" yf", lambda: list(yf()))
    yield 1
def yf(): yield from me
me = selfg(); next(me)
async def selfc():
    t(" self send", lambda: me.send(None)); t(" self throw", lambda: me.throw(KeyError)); t(" self close", me.close)
    try: await me
    except RuntimeError as e: print(" aw", e)
    except ValueError as e: print(" aw", e)
    await pause()
me = selfc(); me.send(None)
async def aw(x): return await x
t("await suspended", lambda: aw(me).send(None)); t("end", lambda: me.send(None)); t("await done", lambda: aw(me).send(None))
a = None
async def selfa():
    t(" self asend", lambda: drive(a.asend(1))); t(" self anext", lambda: drive(a.__anext__())); t(" self athrow", lambda: drive(a.athrow(KeyError))); t(" self aclose", lambda: drive(a.aclose())); 
    yield 1
    await pause("p")
    yield 2
a = selfa(); t("a1", lambda: drive(a.__anext__()))
x = a.__anext__(); t("x", lambda: x.send(None)); y = a.__anext__(); t("running2", lambda: y.send(None)); t("aclose while", lambda: a.aclose().send(None)); t("athrow while", lambda: a.athrow(KeyError).send(None)); t("asend while", lambda: a.asend(1).send(None)); t("x.throw", lambda: x.throw(KeyError("in x"))); t("x again", lambda: x.send(None)); t("y again", lambda: y.send(None)); t("x close", x.close)
# PEP 479
def si(): 
    yield 1
    raise StopIteration("v")
async def sic(): 
    await pause(); raise StopIteration("v")
async def sia():
    yield 1; raise StopIteration("v")
async def saia():
    yield 1; raise StopAsyncIteration("v")
def sag(): yield 1; raise StopAsyncIteration("v")
async def sac(): await pause(); raise StopAsyncIteration("v")
for f in (si, sic, sag, sac): o = f(); o.send(None); t(f.__name__, lambda: o.send(None)); t("again", lambda: o.send(None))
for f in (sia, saia): o = f(); t("1", lambda: drive(o.__anext__())); t(f.__name__, lambda: drive(o.__anext__())); t("again", lambda: drive(o.__anext__()))
o = gen(); o.send(None); t("throw SI", lambda: o.throw(StopIteration("z"))); o = gen(); t("throw SI fresh", lambda: o.throw(StopIteration("z")))
o = coro(); o.send(None); t("throw SI", lambda: o.throw(StopIteration("z"))); o = coro(); t("throw SI fresh", lambda: o.throw(StopIteration("z"))); t("throw GE", lambda: (o.throw(GeneratorExit)))
# close that yields, returns, raises
def cy():
    try: yield 1
    except GeneratorExit: yield 2
def cr():
    try: yield 1
    except GeneratorExit: return "R"
def cx():
    try: yield 1
    finally: raise KeyError("cx")
def cs():
    try: yield 1
    except GeneratorExit: raise StopIteration(5)
async def ccy():
    try: await pause()
    except GeneratorExit: await pause()
for f in (cy, cr, cx, cs, ccy): o = f(); o.send(None); t(f.__name__ + " close", o.close); t("again", o.close); t("nx", lambda: o.send(None))
async def acy():
    try: yield 1
    except GeneratorExit: yield 2
async def aca():
    try: yield 1
    except GeneratorExit: await pause("in close"); print(" closed aca")
async def acr():
    try: yield 1
    except GeneratorExit: return
async def acx():
    try: yield 1
    finally: raise KeyError("acx")
for f in (acy, aca, acr, acx):
    o = f(); drive(o.__anext__()); t(f.__name__ + " aclose", lambda: drive(o.aclose())); t("again", lambda: drive(o.aclose())); t("anext", lambda: drive(o.__anext__())); t("athrow", lambda: drive(o.athrow(KeyError)))
    o = f(); drive(o.__anext__()); t("athrow GE", lambda: drive(o.athrow(GeneratorExit))); t("athrow", lambda: drive(o.athrow(KeyError("at")))); t("anext", lambda: drive(o.__anext__()))
o = agen(); t("asend v fresh", lambda: drive(o.asend(1))); t("none", lambda: drive(o.asend(None))); t("athrow0", lambda: o.athrow()); t("athrow0 send", lambda: drive(o.athrow())); t("athrow9", lambda: drive(o.athrow(1,2,3,4))); t("athrow bad", lambda: drive(o.athrow(3))); t("aclose fresh", lambda: drive(agen().aclose())); t("athrow fresh", lambda: drive(agen().athrow(KeyError("f"))))
x = agen().asend(None); x.close(); t("closed asend", lambda: x.send(None)); x = agen().aclose(); x.close(); t("closed aclose", lambda: x.send(None)); x = agen().athrow(KeyError); t("athrow.throw", lambda: x.throw(ValueError("into"))); t("send", lambda: x.send(None))
x = agen().asend(None); t("asend.throw fresh", lambda: x.throw(ValueError("into"))); t("again", lambda: x.send(None))
x = agen().aclose(); t("aclose send v", lambda: x.send(5)); t("x", lambda: x.send(None))
x = agen().athrow(KeyError); t("athrow send v", lambda: x.send(5)); x.close()
t("anext default", lambda: drive(anext(agen(), "d").__await__())); o = agen(); drive(o.aclose()); t("anext default2", lambda: drive(anext(o, "d").__await__())); t("anext nodef", lambda: drive(anext(o).__await__() if hasattr(anext(o), "__await__") else anext(o)))
# exception state over suspension
def es():
    try: 1 / 0
    except ZeroDivisionError:
        print(" in", sys.exc_info()[0]); yield 1; print(" in2", sys.exc_info()[0], repr(sys.exc_info()[1].__context__))
        try: raise KeyError
        except KeyError as e: print(" ctx", repr(e.__context__)); yield 2
    print(" out", sys.exc_info()[0]); yield 3
try: raise ValueError("outer")
except ValueError:
    o = es(); next(o); print(sys.exc_info()[0])
    try: raise TypeError
    except TypeError: next(o); print(sys.exc_info()[0], repr(sys.exc_info()[1].__context__))
print(sys.exc_info()); next(o); print(list(o))
def th():
    try: yield 1
    except KeyError as e: print(" got", repr(e.__context__), repr(e.__cause__)); yield sys.exc_info()[0]
    yield sys.exc_info()
o = th(); next(o)
try: raise ValueError("ctx")
except ValueError: t("throw in except", lambda: o.throw(KeyError("t"))); t("n", lambda: [z is None for z in next(o)] and sys.exc_info()[0])
# yield from
class It:
    def __init__(s, **k): s.__dict__.update(k); s.n = 0
    def __iter__(s): return s
    def __next__(s):
        s.n += 1
        if s.n > 2: raise StopIteration("itret")
        return s.n
class ItS(It):
    def send(s, v): print(" send", v); return s.__next__()
class ItT(ItS):
    def throw(s, *a): print(" throw", a); raise StopIteration("thr")
class ItC(ItT):
    def close(s): print(" close"); 
class ItCx(ItT):
    def close(s): raise RuntimeError("close failed")
class ItB(It):
    @property
    def throw(s): raise OSError("prop throw")
    @property
    def close(s): raise OSError("prop close")
def deleg(i):
    try: r = yield from i
    except BaseException as e: print(" deleg exc", repr(e)); raise
    print(" r", r); yield "after"
for K in (It, ItS, ItT, ItC, ItCx, ItB):
    for op in ("send", "throw", "throwGE", "close", "next"):
        o = deleg(K()); next(o)
        t(K.__name__ + " " + op, lambda: {"send": lambda: o.send("v"), "throw": lambda: o.throw(KeyError("K")), "throwGE": lambda: o.throw(GeneratorExit), "close": o.close, "next": lambda: list(o)}[op]())
for bad in (3, None, coro, "ab", [], {1: 2}, agen()): t("yf " + type(bad).__name__, lambda: list(deleg(bad)))
c = coro(); t("yf coro", lambda: list(deleg(c))); c.close()
@types.coroutine
def tcd(x): return (yield from x)
t("tc", lambda: drive(tcd(coro())))
for bad in (3, gen(), "s", iter([])): t("await " + type(bad).__name__, lambda: aw(bad).send(None))
class Aw:
    def __init__(s, r): s.r = r
    def __await__(s): return s.r
for r in (3, None, iter([1]), gen(), [], c): t("aw " + type(r).__name__, lambda: aw(Aw(r)).send(None))
