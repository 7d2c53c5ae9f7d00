# When what a frame holds dies: at return, at del, at rebinding, at the end of except, when a traceback goes.
class D:
    def __init__(self, name): self.name = name
    def __del__(self): print("del", self.name)
def f():
    a = D("a"); b = D("b")
    print("body")
f(); print("after f")
def rebinding():
    x = D("first"); x = D("second")
    print("rebound")
    del x
    print("deleted")
rebinding()
def raising():
    kept = D("kept by traceback")
    raise ValueError
try: raising()
except ValueError as e: print("handler")
print("after handler")
def temporaries():
    D("temporary").name
    print("temporary is gone")
    [D(n).name for n in "xy"]
    print("list of names")
    D("discarded")
temporaries()
def closure():
    cell = D("cell")
    def inner(): return cell
    return inner
i = closure(); print("closure lives"); del i; print("closure gone")
def loop():
    for n in "12": d = D(n)
    print("loop over")
loop()
def gen():
    d = D("in generator")
    yield 1
    print("not reached")
g = gen(); next(g); del g; print("generator gone")
class Body: d = D("class attribute")
Body.d = None; print("attribute replaced")
def swallow():
    try:
        d = D("try"); raise KeyError(d)
    except KeyError: pass
    print("swallowed")
swallow(); print("end")
