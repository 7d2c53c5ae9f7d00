# __init_subclass__, __set_name__, __class_getitem__, __mro_entries__, __instancecheck__.
class Base:
    registry = []
    def __init_subclass__(cls, /, tag=None, **kw):
        super().__init_subclass__(**kw)
        cls.registry.append((cls.__name__, tag))
class A(Base, tag="a"): pass
class B(A): pass
print(Base.registry)
class Field:
    def __set_name__(self, owner, name): print("name", owner.__name__, name); self.name = name
    def __get__(self, obj, cls=None): return f"{self.name} of {obj is not None}"
class M:
    one = Field()
    two = Field()
print(M().one, M.two)
class G:
    def __class_getitem__(cls, k): return cls.__name__, k
print(G[int], G[1, 2])
class Entry:
    def __mro_entries__(self, bases): return (dict,)
class H(Entry()): pass
print(H.__bases__, H.__orig_bases__[0].__class__.__name__)
class Any(type):
    def __instancecheck__(cls, o): return o == 1
    def __subclasscheck__(cls, o): return True
class I(metaclass=Any): pass
print(isinstance(1, I), isinstance(2, I), issubclass(int, I))
