# super(): without and with arguments, in class methods, static methods, nested functions, properties.
class A:
    def f(self): return "A.f"
    @classmethod
    def c(cls): return "A.c", cls.__name__
    @property
    def p(self): return "A.p"
    v = 1
class B(A):
    def f(self): return "B+" + super().f(), super(B, self).f()
    @classmethod
    def c(cls): return ("B",) + super().c()
    @property
    def p(self): return "B+" + super().p
    def g(self):
        return [super(B, self).f() for _ in range(2)], (lambda: super(B, self).v)()
    def __getattribute__(self, n): return super().__getattribute__(n)
b = B()
print(b.f(), B.c(), b.p, b.g())
class X:
    def f(self): return ["X"]
class Y(X):
    def f(self): return super().f() + ["Y"]
class Z(X):
    def f(self): return super().f() + ["Z"]
class W(Y, Z):
    def f(self): return super().f() + ["W"]
print(W().f())
def outside(self): return super().f()
try: outside(b)
except RuntimeError as e: print(e)
class S:
    def no(): super()
try: S.no()
except RuntimeError as e: print(e)
