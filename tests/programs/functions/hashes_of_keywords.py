# Keyword arguments put together from dicts ask no key for its hash again; one that is there twice is named.
class Name(str):
    def __hash__(self): print("hash", end=" "); return str.__hash__(self)
def f(**kwargs): return sorted(kwargs)
a, b = {Name("a"): 1, Name("b"): 2}, {Name("c"): 3}
print("made")
print(f(**a, **b))
print(f(z=0, **a, y=1, **b))
try: f(**a, **{"c": 1}, **b)
except TypeError as e: print("hash" in str(e), e)
