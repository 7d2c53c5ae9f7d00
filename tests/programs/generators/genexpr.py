# Generator expressions: laziness, scope, type, names, one-shot, nested, closed over.
import inspect
g = (x * 2 for x in range(3))
print(type(g).__name__, g.__name__, g.__qualname__, inspect.isgenerator(g), next(g), list(g), list(g))
n = 5
lazy = (n for _ in range(1))
n = 6
print(next(lazy))
try: bad = (x for x in 5)
except TypeError as e: print(e)
else:
    try: next(bad)
    except TypeError as e: print(e)
def f():
    k = 3
    return (i * k for i in range(3)), (j for j in (i for i in "ab"))
a, b = f()
print(list(a), list(b), sum(len(w) for w in ["a", "bb"]), tuple(x for x in ()))
