# What comprehensions see: the first iterable outside, the rest inside; unbound and deleted names.
x = 10
print([x for x in range(x - 7)], x)
def f():
    y = 1
    g = [lambda: y for _ in range(1)]
    y = 2
    return g[0](), [y for y in range(2)], y
print(f())
def h():
    try: return [z for z in range(2)], z
    except NameError as e: return type(e).__name__
print(h())
def k():
    out = [locals().keys() >= {"i"} for i in range(1)]
    return out
print(k())
