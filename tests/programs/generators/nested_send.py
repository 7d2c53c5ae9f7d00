# Two-way traffic through three levels of yield from, with return values summed.
def leaf(n):
    total = 0
    while (x := (yield f"leaf {n}")) is not None: total += x
    return total
def mid(n):
    a = yield from leaf(n)
    b = yield from leaf(n + 10)
    return a + b
def top():
    r = []
    for i in (1, 2): r.append((yield from mid(i)))
    return r
g = top()
print(next(g))
try:
    for v in (1, 2, None, 3, None, None, 4, None): print(v, g.send(v))
except StopIteration as e: print("result", e.value)
