# Pipelines of generators and generator expressions, infinite ones too; lazy evaluation.
import itertools
def count():
    n = 0
    while True:
        print("make", n)
        yield n
        n += 1
def evens(it):
    for x in it:
        if x % 2 == 0: yield x
squares = (x * x for x in evens(count()))
print(next(squares), next(squares), list(itertools.islice(squares, 1)))
a, b = itertools.tee(x for x in range(3))
print(list(a), list(b), list(zip(*[iter(range(6))] * 2)))
def flat(x):
    if isinstance(x, list):
        for y in x: yield from flat(y)
    else: yield x
print(list(flat([1, [2, [3, [4]], 5]])))
