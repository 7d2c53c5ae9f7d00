# Generator expressions as arguments; default arguments that are calls; star of generators.
def f(*a, **k): return a, k
print(f(*(x for x in range(3)), **{k: v for k, v in [("a", 1)]}))
print(sum(x for x in range(4)), sorted((c for c in "cab"), reverse=True), dict((k, 1) for k in "ab"))
def g(x=[y for y in range(2)], z=(lambda: 5)()): return x, z
print(g())
