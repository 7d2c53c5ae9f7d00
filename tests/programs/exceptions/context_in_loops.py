# Handlers in loops and generators leave no trace of handled exceptions.
import sys
for i in range(3):
    try: raise ValueError(i)
    except ValueError as e: last = e
    print(sys.exc_info(), repr(last.__context__))
def gen():
    for i in range(2):
        try: raise KeyError(i)
        except KeyError: yield i
g = gen()
try: raise OSError("outer")
except OSError:
    print(next(g), repr(sys.exc_info()[1]))
    try: raise TypeError("x")
    except TypeError as e: print(repr(e.__context__))
print(next(g), sys.exc_info()[1])
