# The lines of tracebacks: multi-line calls, with, loops, comprehensions, decorators, class bodies.
import traceback
def lines(f):
    try: f()
    except Exception as e:
        print([(s.name, s.lineno) for s in traceback.extract_tb(e.__traceback__)][1:])
def a():
    return max(
        1,
        1 / 0,
    )
def b():
    with open(__file__) as fh:
        for line in fh:
            raise ValueError
def c(): return [1 / x for x in (1, 0)]
def d():
    class K:
        x = 1
        y = x.missing
def e():
    try: 1 / 0
    except ZeroDivisionError:
        "in handler"
        raise
def g():
    try: 1 / 0
    finally:
        "in finally"
        [].pop()
def h():
    def inner(): yield 1; raise KeyError
    for _ in inner(): pass
def i():
    sorted([1, 2], key=lambda v: v.nothing)
for f in (a, b, c, d, e, g, h, i): lines(f)
