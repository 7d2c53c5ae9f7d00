# Comprehensions: nested, conditional, with their own scope.
x = "outer"
print([x for x in range(3)], x)
print([(a, b) for a in range(3) for b in range(a)])
print([[i * j for i in range(3)] for j in range(2)])
print({n: [m for m in range(n)] for n in range(3)})
print(sum(v for v in range(10) if v % 3 == 0))
fs = [lambda: i for i in range(3)]
print([f() for f in fs])
def outer(k):
    return [k * v for v in range(3)], {k + v for v in (1,)}, list(k for _ in "ab")
print(outer(2))
class C:
    items = [1, 2]
    double = [i * 2 for i in items]
print(C.double)
