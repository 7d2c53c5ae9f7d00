# What throw() finds wrong first: its argument, or the generator.
import types
def show(label, f):
    try: print(label, repr(f()))
    except BaseException as e: print(label, type(e).__name__, e)
def g():
    show("running", lambda: me.throw(3)); show("running", lambda: me.throw(KeyError, 3, 3)); yield 1
async def c():
    show("running", lambda: me.throw(3)); await p()
@types.coroutine
def p(): yield
async def a():
    show("running", lambda: me.athrow(3).send(None)); yield 1
for f in (g, c):
    me = f(); show("fresh", lambda: me.throw(3)); show("fresh", lambda: me.throw(KeyError, KeyError(), 4)); me.send(None); me.close(); show("over", lambda: me.throw(3)); show("over", lambda: me.throw(int)); show("over2", lambda: me.throw(KeyError("x"), 1)); show("o", lambda: me.throw()); show("o", lambda: me.throw(StopIteration(5)))
me = a(); show("fresh", lambda: me.athrow(3).send(None)); show("n", lambda: me.__anext__().send(None)); show("again", lambda: me.athrow(3).send(None)); show("over", lambda: me.athrow(3).send(None)); show("over", lambda: me.athrow(KeyError("k")).send(None))
me = a(); show("n", lambda: me.__anext__().send(None)); x = me.asend(1); show("asend.throw", lambda: x.throw(3)); show("again", lambda: x.throw(3)); show("again", lambda: x.throw())
x = me.asend(1); show("asend.throw0", lambda: x.throw()); show("n", lambda: me.__anext__().send(None)); x.close()
def out(i): yield from i
class I:
    def __iter__(s): return s
    def __next__(s): return 1
    def throw(s, *a): print("args", a); return 2
for args in ((KeyError,), (KeyError, 5), (KeyError, None, None), (KeyError("z"),), (3,), (KeyError, (1, 2)), (None,)):
    o = out(I()); next(o); show("raw", lambda: o.throw(*args))
    async def co(): await Aw()
    class Aw:
        def __await__(s): return I()
    o = co(); o.send(None); show("raw", lambda: o.throw(*args)); o.close()
    o = out(out(out(I()))); next(o); show("raw3", lambda: o.throw(*args))
for args in ((GeneratorExit,), (GeneratorExit, 3), (GeneratorExit("z"),), (type("G", (GeneratorExit,), {}),)):
    o = out(I()); next(o); show("GE", lambda: o.throw(*args))
async def ag():
    await Aw(); yield 1
class J(I):
    def close(s): print("closed")
class Aw:
    def __await__(s): return J()
async def mid(): await Aw()
async def ag2():
    await mid(); yield 1
for f in (ag, ag2):
    o = f(); x = o.asend(None); x.send(None); show("throw GE", lambda: x.throw(GeneratorExit)); 
    o = f(); x = o.asend(None); x.send(None); o2 = o.aclose(); show("aclose", lambda: o2.send(None)); x.close()
class Late:
    def __await__(s): return J()
async def ag3():
    try: yield 1
    finally: await mid()
o = ag3(); show("1", lambda: o.__anext__().send(None)); x = o.aclose(); show("a", lambda: x.send(None)); show("thr", lambda: x.throw(GeneratorExit)); show("thr", lambda: x.throw(KeyError))
show("sendkw", lambda: o.asend(value=1)); show("send0", lambda: o.asend()); show("ac", lambda: o.aclose(1)); show("at", lambda: o.athrow(x=1)); w = co().__await__(); show("w", lambda: w.send()); show("w", lambda: w.close(1)); show("w", lambda: w.throw(x=1)); show("w", lambda: w.throw()); x = o.asend(1); show("x", lambda: x.send()); show("x", lambda: x.send(v=1)); show("x", lambda: x.close(1)); show("x", lambda: x.throw(v=1)); x = o.aclose(); show("x", lambda: x.send()); show("x", lambda: x.throw(v=1)); show("x", lambda: x.close(v=1))
w.close()
