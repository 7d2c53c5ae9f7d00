# throw and close on coroutines, through several awaits.
import types
@types.coroutine
def pause():
    try: yield "paused"
    except ValueError as e: return f"handled {e}"
    finally: print("pause finally")
async def inner():
    try: return await pause()
    finally: print("inner finally")
async def outer():
    try: return await inner()
    except KeyError as e: return f"outer {e!r}"
    finally: print("outer finally")
def result(f):
    try: return "yielded", f()
    except StopIteration as e: return "returned", e.value
    except BaseException as e: return "raised", repr(e)
c = outer(); c.send(None); print(result(lambda: c.throw(ValueError("v"))))
c = outer(); c.send(None); print(result(lambda: c.throw(KeyError("k"))))
c = outer(); c.send(None); print(result(lambda: c.throw(OSError("o"))))
c = outer(); c.send(None); print(c.close())
c = outer(); print(result(lambda: c.throw(OSError("early"))), result(lambda: c.send(None)))
async def stubborn():
    try: await pause()
    except GeneratorExit: await pause()
c = stubborn(); c.send(None)
try: c.close()
except RuntimeError as e: print(e)
