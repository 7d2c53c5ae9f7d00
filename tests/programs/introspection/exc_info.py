# sys.exc_info() inside and outside handlers, nested, in called functions and generators.
import sys
def info():
    e = sys.exc_info()[1]
    return repr(e)
print(info())
try: raise ValueError("a")
except ValueError:
    print(info())
    try: raise KeyError("b")
    except KeyError: print(info())
    print(info())
    def g():
        yield info()
        try: raise TypeError("c")
        except TypeError: yield info()
        yield info()
    print(list(g()))
print(info())
it = None
def gen():
    try: raise OSError("in gen")
    except OSError:
        yield info()
        yield info()
it = gen()
print(next(it), info())
try: raise IndexError("out")
except IndexError: print(next(it), info())
