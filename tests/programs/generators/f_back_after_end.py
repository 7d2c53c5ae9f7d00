# What the frame of a generator or coroutine that is over shows beneath it: its last resumer on 3.12 and 3.13, else nothing.
import sys

kept = []
def name(frame): return None if frame is None else frame.f_code.co_name
def keep(): kept.append(sys._getframe(1))
def returns(): keep(); yield 1
def raises(): keep(); yield 1; raise ValueError
def delegates(): yield from returns()
async def awaited(): keep()
async def awaited_raises(): keep(); raise ValueError
async def awaits(f): await f()
async def agen(): keep(); yield 1
async def loops():
    async for _ in agen(): pass

def for_loop():
    for _ in returns(): pass
def for_that_raises():
    for _ in raises(): pass
def yield_from():
    for _ in delegates(): pass
def next_(): g = returns(); next(g); next(g, 0)
def send(): g = returns(); g.send(None); g.send(None)
def list_(): list(returns())
def coroutine(): awaits(awaited).send(None)
def coroutine_that_raises(): awaits(awaited_raises).send(None)
def async_for(): loops().send(None)
def close(): g = returns(); next(g); g.close()
def drop(): g = returns(); next(g); del g
def throw(): g = returns(); next(g); g.throw(KeyError)
def resumed_elsewhere():
    g = returns(); next(g)
    def last(): next(g, 0)
    last()
def plain(): keep()
def callback(): list(map(lambda _: keep(), [1]))

for each in (for_loop, for_that_raises, yield_from, next_, send, list_, coroutine, coroutine_that_raises, async_for,
             close, drop, throw, resumed_elsewhere, plain, callback):
    kept.clear()
    try: each()
    except Exception as e: print(type(e).__name__, end=" ")
    print(each.__name__, name(kept[0]), name(kept[0].f_back))
