# Reference counts of objects that functions, generators and exceptions hold.
import sys, gc
class O: pass
o = O()
base = sys.getrefcount(o)
def f(x): return sys.getrefcount(x) - base
print(sys.getrefcount(o) == base)
def gen(x):
    yield 1
g = gen(o); next(g)
print(sys.getrefcount(o) - base)
del g
print(sys.getrefcount(o) - base)
def fails(x): raise ValueError
try: fails(o)
except ValueError as e: pass
print(sys.getrefcount(o) - base)
def closure(x): return lambda: x
c = closure(o)
print(sys.getrefcount(o) - base)
del c
print(sys.getrefcount(o) - base, [k for k in gc.get_referrers(o) if isinstance(k, dict)] == [globals()])
def constant():
    of_the_code = (1, 2, 3)
    before = sys.getrefcount(of_the_code)
    print("counted twice,")
    return "the same" if sys.getrefcount(of_the_code) == before else "another"
print([constant() for _ in range(30)])
