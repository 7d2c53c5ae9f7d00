# Descriptors, properties, __getattr__ and __getattribute__, __setattr__, __delattr__.
class D:
    def __get__(self, o, c): return ("get", o is None)
    def __set__(self, o, v): print("set", v)
    def __delete__(self, o): print("delete")
class C:
    d = D()
    def __init__(self): self._p = 1
    @property
    def p(self): return self._p
    @p.setter
    def p(self, v): self._p = v * 2
    @p.deleter
    def p(self): print("deleted")
    def __getattr__(self, n): return f"missing {n}"
c = C()
c.d = 5
del c.d
print(c.d, C.d, c.p, c.nothing)
c.p = 4
print(c.p)
del c.p
class S:
    def __setattr__(self, n, v): print("setattr", n, v); object.__setattr__(self, n, v)
    def __delattr__(self, n): print("delattr", n); object.__delattr__(self, n)
s = S()
s.x = 1
del s.x
class R:
    @property
    def ro(self): return 1
try: R().ro = 2
except AttributeError as e: print(type(e).__name__)
