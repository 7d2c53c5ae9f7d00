# What a StopIteration carries: tuples, exceptions, none; return in a generator; raising it by hand in an iterator.
def r(value):
    return value
    yield
def show(value):
    try: next(r(value))
    except StopIteration as e: print(e.args, repr(e.value))
for v in (None, 1, (1, 2), (), StopIteration(3), ValueError("v")): show(v)
def d(value): return (yield from r(value)), "after"
for v in (None, (1, 2), StopIteration(3)):
    try: next(d(v))
    except StopIteration as e: print(repr(e.value))
class It:
    def __iter__(self): return self
    def __next__(self): raise StopIteration("by hand")
def f(): return (yield from It())
try: next(f())
except StopIteration as e: print(e.value)
for x in It(): print("never")
print(list(It()), next(It(), "default"))
def nested():
    try: yield
    except RuntimeError as e: print("inside", e)
def raising():
    yield
    raise StopIteration("leak")
def through():
    try: yield from raising()
    except RuntimeError as e: print("through", e, repr(e.__cause__)); yield "caught"
t = through(); next(t); print(next(t))
