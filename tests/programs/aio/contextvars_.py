# Context variables in tasks, callbacks, copied contexts, tokens.
import asyncio, contextvars
v = contextvars.ContextVar("v")
def show(tag): print(tag, v.get("unset"))
async def task(n): v.set(n); await asyncio.sleep(0); show(f"task {n}")
async def main():
    token = v.set("main")
    await asyncio.gather(task(1), task(2))
    show("main")
    asyncio.get_running_loop().call_soon(show, "callback")
    await asyncio.sleep(0)
    v.reset(token)
    show("reset")
    ctx = contextvars.copy_context()
    ctx.run(v.set, "in ctx")
    print(ctx[v], v.get("outside"))
asyncio.run(main())
