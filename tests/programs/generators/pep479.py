# StopIteration inside a generator becomes RuntimeError (PEP 479).
def a(): yield 1; raise StopIteration("x")
def b(): yield next(iter([]))
def c(): yield from b()
for f in (a, b, c):
    try: list(f())
    except RuntimeError as e: print(e, repr(e.__cause__), e.__cause__ is e.__context__)
g = (next(iter([])) for _ in range(2))
try: list(g)
except RuntimeError as e: print(e)
