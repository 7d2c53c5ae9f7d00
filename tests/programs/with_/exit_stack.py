# contextlib: ExitStack, AsyncExitStack, closing, nullcontext, redirect_stdout, ContextDecorator, asynccontextmanager.
import asyncio, contextlib, io
@contextlib.contextmanager
def m(name):
    print("enter", name)
    try: yield name
    except KeyError as e: print(name, "saw", repr(e)); raise ValueError(name) from e
    finally: print("exit", name)
try:
    with contextlib.ExitStack() as stack:
        print([stack.enter_context(m(n)) for n in "ab"])
        stack.push(lambda *a: print("pushed", a[0].__name__))
        stack.callback(lambda *a, **k: print("callback", a, k), 1, x=2)
        raise KeyError("k")
except ValueError as e: print(repr(e), repr(e.__cause__), repr(e.__context__))
with contextlib.ExitStack() as stack:
    stack.callback(print, "never popped away")
    kept = stack.pop_all()
print("left"); kept.close()
@contextlib.asynccontextmanager
async def am(name):
    print("aenter", name)
    try: yield name
    finally:
        await asyncio.sleep(0)
        print("aexit", name)
async def main():
    async with contextlib.AsyncExitStack() as stack:
        print(await stack.enter_async_context(am("x")), stack.enter_context(m("y")))
        stack.push_async_callback(asyncio.sleep, 0)
    try:
        async with am("z"): raise OSError("o")
    except OSError as e: print(e)
    async with contextlib.aclosing(gen()) as g:
        async for v in g: print(v); break
async def gen():
    try: yield 1
    finally: print("gen closed")
asyncio.run(main())
out = io.StringIO()
with contextlib.redirect_stdout(out), contextlib.nullcontext(7) as seven: print("captured", seven)
print(out.getvalue().upper(), end="")
class D(contextlib.ContextDecorator):
    def __enter__(self): print("D in"); return self
    def __exit__(self, *a): print("D out", a[0]); return True
@D()
def f(): raise KeyError
print(f())
with contextlib.suppress(KeyError, IndexError): [][0]
