# to_thread, run_in_executor, subprocess, contextvars.
import asyncio, contextvars, sys, threading
var = contextvars.ContextVar("var", default="default")
def blocking(x): return x * 2, var.get(), threading.current_thread() is threading.main_thread()
async def child(v): var.set(v); await asyncio.sleep(0); return var.get()
async def main():
    var.set("main")
    print(await asyncio.to_thread(blocking, 4))
    print(await asyncio.get_running_loop().run_in_executor(None, lambda: "executor"))
    print(await asyncio.gather(child("a"), child("b")), var.get())
    p = await asyncio.create_subprocess_exec(sys.executable, "-c", "print(input()[::-1])", stdin=-1, stdout=-1)
    print((await p.communicate(b"abc\n"))[0], p.returncode)
asyncio.run(main())
