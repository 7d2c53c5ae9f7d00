# Metaclasses: __prepare__, __new__, __init__, __call__, keywords, conflicts.
class Meta(type):
    @classmethod
    def __prepare__(m, name, bases, **kw):
        print("prepare", name, bases, kw)
        return {"prepared": True}
    def __new__(m, name, bases, ns, **kw):
        print("new", name, [k for k in ns if not k.startswith("__")])
        return super().__new__(m, name, bases, ns)
    def __init__(cls, name, bases, ns, **kw):
        print("init", name)
        super().__init__(name, bases, ns)
    def __call__(cls, *a):
        print("call", a)
        return super().__call__(*a)
class C(metaclass=Meta, key=1):
    x = 1
    def __init__(self, v): self.v = v
class D(C): y = 2
print(C(5).v, D(6).prepared, type(D).__name__)
class Other(type): pass
class E(metaclass=Other): pass
try:
    class F(C, E): pass
except TypeError as e: print(e)
def func_meta(name, bases, ns, **kw): return name, bases, sorted(k for k in ns if k[0] != "_"), kw
class G(metaclass=func_meta, opt=3): z = 1
print(G)
