# __class__ in methods, nested classes, class bodies that read enclosing names.
class A:
    def me(self): return __class__.__name__
    class Inner:
        def me(self): return __class__.__qualname__
class B(A): pass
print(B().me(), A.Inner().me())
def make(x):
    class C:
        y = x
        x = "own"
        z = x
        def get(self): return x
    return C
C = make(3) if False else None
def make2(x):
    class D:
        y = x
        def get(self): return x
    return D
print(make2(3).y, make2(4)().get())
x = "global"
class E:
    print(x)
    x = "class"
    print(x)
    f = lambda self: x
print(E().f(), E.x)
