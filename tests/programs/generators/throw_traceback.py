# Tracebacks of errors that are thrown in: the frames of all delegates, uncaught.
def inner():
    try:
        yield 1
    finally:
        print("inner finally")
def middle():
    yield from inner()
def outer():
    try:
        yield from middle()
    except KeyError:
        raise ValueError("translated") from None
g = outer()
next(g)
try: g.throw(KeyError("k"))
except ValueError as e:
    import traceback
    print([s.name for s in traceback.extract_tb(e.__traceback__)], e.__cause__, repr(e.__context__), e.__suppress_context__)
g = middle()
next(g)
g.throw(IndexError("uncaught"))
