# Lambdas with every kind of parameter, called at once, kept, recursive.
print((lambda: 1)(), (lambda x, *a, k=2, **kw: (x, a, k, kw))(1, 2, 3, z=4))
fact = lambda n: 1 if n < 2 else n * fact(n - 1)
print(fact(20), [*map(lambda v: v * v, range(4))])
print(sorted([(1, "b"), (0, "c"), (2, "a")], key=lambda t: t[1]))
