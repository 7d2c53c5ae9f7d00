# Defaults are evaluated once, and belong to the function.
def f(x, seen=[]):
    seen.append(x)
    return seen
print(f(1), f(2), f.__defaults__)
f.__defaults__ = ([9],)
print(f(3))
def k(*, a=1): return a
print(k(), k.__kwdefaults__)
k.__kwdefaults__ = {"a": 5}
print(k())
