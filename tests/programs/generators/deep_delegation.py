# yield from through two hundred generators: values, sent values, errors and results go all the way.
def level(n):
    if n == 0:
        got = []
        try:
            while True: got.append((yield len(got)))
        except KeyError as e: return got, e.args
    result = yield from level(n - 1)
    return result
g = level(200)
print(next(g), [g.send(i) for i in range(5)])
try: g.throw(KeyError("down"))
except StopIteration as e: print(e.value)
h = level(200); next(h)
h.close()
k = level(100); next(k)
try: k.throw(ValueError("up"))
except ValueError as e:
    depth, tb = 0, e.__traceback__
    while tb: depth += 1; tb = tb.tb_next
    print(depth)
def tree(n):
    if n:
        yield from tree(n - 1)
        yield n
        yield from tree(n - 1)
print(list(tree(4)))
