# A generator suspended inside except and finally keeps its own exception state.
import sys
def g():
    try: raise ValueError("in g")
    except ValueError:
        yield repr(sys.exc_info()[1])
        yield repr(sys.exc_info()[1])
        raise
it = g()
print(next(it), sys.exc_info()[1])
try: raise KeyError("outside")
except KeyError:
    print(next(it), repr(sys.exc_info()[1]))
    try: next(it)
    except ValueError as e: print(repr(e), repr(e.__context__))
def h():
    try: yield 1
    finally:
        yield 2
        print("done")
print(list(h()))
x = h(); next(x)
try: print(x.throw(OSError("o"))); next(x)
except OSError as e: print(repr(e))
