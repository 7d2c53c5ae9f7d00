# with: order of several managers, results, swallowing, errors in enter and exit, return and break inside.
class M:
    def __init__(self, n, swallow=False, fail=None): self.n, self.s, self.f = n, swallow, fail
    def __enter__(self):
        print("enter", self.n)
        if self.f == "enter": raise KeyError(self.n)
        return self.n
    def __exit__(self, kind, value, tb):
        print("exit", self.n, kind and kind.__name__, value, tb is not None and tb.tb_lineno)
        if self.f == "exit": raise OSError(self.n)
        return self.s
with M("a") as a, M("b") as b, M("c"): print(a, b)
with M("d", swallow=True): raise ValueError("swallowed")
for bad in (lambda: f("enter"), lambda: f("exit"), lambda: g()):
    try: print(bad())
    except Exception as e: print(repr(e), repr(e.__context__))
def f(kind):
    with M("x"), M("y", fail=kind): return "returned"
def g():
    for i in range(3):
        with M(i):
            if i == 1: break
    with M("z", fail="exit"): 1 / 0
for bad in (lambda: f("enter"), lambda: f("exit"), lambda: g()):
    try: print(bad())
    except Exception as e: print(repr(e), repr(e.__context__))
for x in (5, object()):
    try:
        with x: pass
    except Exception as e: print(type(e).__name__, str(e)[:60])
with (M("p1") as p, M("p2")): print(p)
