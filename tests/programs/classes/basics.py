# A class: attributes, methods, instances, inheritance, repr.
class Base:
    shared = []
    def __init__(self, x): self.x = x
    def who(self): return type(self).__name__, self.x
    def __repr__(self): return f"{type(self).__name__}({self.x})"
class Child(Base):
    def __init__(self, x, y):
        super().__init__(x)
        self.y = y
    def who(self): return "child", *super().who()
a, b = Base(1), Child(2, 3)
print(a, b, a.who(), b.who(), b.__dict__, Child.__mro__)
a.shared.append(1)
print(b.shared, isinstance(b, Base), issubclass(Child, Base), Child.__bases__, Child.__qualname__)
