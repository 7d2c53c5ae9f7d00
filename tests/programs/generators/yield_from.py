# yield from: generators, lists, iterators; send, throw and close go through; the result comes back.
def inner():
    try:
        while True:
            x = yield "inner"
            if x == "stop": return "result"
            print("inner got", x)
    except ValueError: yield "caught"; return "after throw"
    finally: print("inner finally")
def outer():
    r = yield from inner()
    print("outer got", r)
    yield from [1, 2]
    yield from iter("ab")
    yield from range(0)
    return "end"
g = outer()
print(next(g), g.send("x"), g.send("stop"), list(g))
h = outer()
next(h)
print(h.throw(ValueError), next(h), next(h))
k = outer()
next(k); k.close()
class Custom:
    def __iter__(self): return self
    def __next__(self): return "custom"
    def send(self, v): print("sent", v); return "from send"
    def throw(self, *a): print("thrown", type(a[0]).__name__ if not isinstance(a[0], type) else a[0].__name__); raise StopIteration("thrown out")
    def close(self): print("closed")
def d(): return (yield from Custom())
c = d()
print(next(c), c.send(5))
try: c.throw(KeyError("k"))
except StopIteration as e: print(e.value)
c = d(); next(c); c.close()
try: list((lambda: (yield from 5))())
except TypeError as e: print(e)
