# A class whose __new__ was restored, or taken away again, and what it says of arguments.
class A:
    def __init__(self, x): self.x = x
class B(A):
    __new__ = object.__new__
try: print(B(3).x)
except TypeError as e: print(e)
del B.__new__
try: print(B(3).x)
except TypeError as e: print(e)
print(A(1).x, A(x=2).x)
class C:
    def __new__(cls, *a): return object.__new__(cls)
    def __init__(self, a): self.a = a
print(C(5).a)
del C.__new__
try: print(C(5).a)
except TypeError as e: print(e)
