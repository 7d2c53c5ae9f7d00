# A generator that C code asked for, or resumed, dies with its last reference, and so does what it yielded last.
import weakref
class Closing:
    def __init__(self, name): self.name = name
    def __iter__(self):
        try: yield 1
        finally: print("closed", self.name)
def fails(name):
    for _ in Closing(name): raise ValueError
def leaves(name):
    for _ in Closing(name): break
def comprehends(name): return [1 / 0 for _ in Closing(name)]
for each in (fails, leaves, comprehends):
    try: each(each.__name__)
    except Exception as e: print(type(e).__name__)
class Value: pass
def gives():
    value = Value()
    reference = weakref.ref(value)
    yield value
    del value
    yield reference
g = gives()
print(type(next(iter(map(lambda _: next(g), [0])))).__name__)
print(type(list(zip([0], g))[0][1]()))
async def never(): pass
for coroutine in map(lambda f: f(), [never]): coroutine.close()
it = iter(Closing("dropped")); next(it); del it
print("end")
