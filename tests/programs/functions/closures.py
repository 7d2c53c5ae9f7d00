# Cells: shared, rebound by nonlocal, empty, deleted.
def counter():
    n = 0
    def up():
        nonlocal n
        n += 1
        return n
    def get(): return n
    return up, get
up, get = counter()
up(); up()
print(get(), up.__closure__[0].cell_contents, up.__code__.co_freevars)
def late():
    def inner(): return v
    try: inner()
    except NameError as e: print(type(e).__name__, e)
    v = 1
    print(inner())
    del v
    try: inner()
    except NameError as e: print(type(e).__name__, e)
late()
def arg(x):
    def g(): return x
    x += 1
    return g()
print(arg(1))
