# inspect.currentframe, sys._getframe, f_back: the names of the call stack.
import inspect, sys
def names():
    f, found = sys._getframe(), []
    while f is not None:
        found.append(f.f_code.co_name)
        f = f.f_back
    return found
def a(): return names()
def b(): return [a() for _ in range(1)][0]
class C:
    def m(self): return b()
print(C().m())
print((lambda: names())())
print(list(map(lambda x: names(), [1]))[0])
print(sorted([2, 1], key=lambda v: len(names())))
f = inspect.currentframe()
print(f.f_code.co_name, f.f_lineno, f.f_globals is globals(), f.f_back, f.f_locals is globals())
try: sys._getframe(99)
except ValueError as e: print(e)
print(isinstance(f, type(inspect.currentframe())), inspect.isframe(f))
