# type() with three arguments, classes changed later, __class__ assigned, methods added.
T = type("T", (), {"f": lambda self: "f", "v": 1})
print(T().f(), T.__name__, T.__module__, T.__qualname__)
class A:
    def m(self): return "A"
class B:
    def m(self): return "B"
a = A()
print(a.m())
a.__class__ = B
print(a.m())
A.m = lambda self: "patched"
print(A().m())
def g(self): return "added"
B.g = g
print(a.g(), B.g.__qualname__)
