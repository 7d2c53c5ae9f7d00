# Awaiting what runs already, what is over, and oneself.
import types
@types.coroutine
def pause(): yield "pause"
async def c(): await pause(); return "done"
async def twice(x):
    try: return await x
    except RuntimeError as e: return str(e)
def drive(coro):
    got = []
    try:
        while True: got.append(coro.send(None))
    except StopIteration as e: return got, e.value
x = c()
print(drive(twice(x)), drive(twice(x)))
x = c(); x.send(None)
a = twice(x)
print(drive(a))
shared = c()
one, two = twice(shared), twice(shared)
print(one.send(None), drive(two), drive(one))
async def itself():
    try: await me
    except (ValueError, RuntimeError) as e: print(type(e).__name__, e)
me = itself()
drive(me)
async def closing():
    try: me2.close()
    except ValueError as e: print(e)
me2 = closing()
drive(me2)
