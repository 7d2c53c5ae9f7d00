# Comprehensions in comprehensions, with conditions, walrus, lambdas, in class bodies and as arguments.
print([[c for c in w if c not in "aeiou"] for w in ("hello", "world")])
print([x for x in range(20) if x % 2 if x % 3])
print({x: {y for y in range(x)} for x in range(3)}, [(lambda: x)() for x in range(3)])
print(any(y > 3 for y in (z * 2 for z in range(3))), max((len(w), w) for w in ("a", "bb")))
class C:
    n = 3
    xs = [i for i in range(n)]
    ys = list(i * 2 for i in xs)
print(C.xs, C.ys)
matrix = [[1, 2], [3, 4]]
print([[row[i] for row in matrix] for i in range(2)], [e for row in matrix for e in row])
try: [1 / x for x in (1, 0)]
except ZeroDivisionError as e: print(e)
print([*(x for x in "ab"), *[y for y in "cd"]])
