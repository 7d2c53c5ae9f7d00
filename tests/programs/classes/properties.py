# property with inheritance, functools.cached_property, class attributes through instances.
class A:
    def __init__(self): self._x = 1
    @property
    def x(self): return self._x
    @x.setter
    def x(self, v): self._x = v
class B(A):
    @A.x.getter
    def x(self): return super().x * 10
    @property
    def y(self): raise AttributeError("inside y")
    def __getattr__(self, n): return f"fallback {n}"
b = B()
b.x = 5
print(b.x, b.y, A.x.fget.__name__, B.x.fset is A.x.fset)
del b._x
print(b.x if False else "skipped")
