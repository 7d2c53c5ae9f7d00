# Multiple inheritance, mro, cooperative super, mixins, method resolution failures.
class A:
    def f(self, log): log.append("A"); return log
class B(A):
    def f(self, log): log.append("B"); return super().f(log)
class C(A):
    def f(self, log): log.append("C"); return super().f(log)
class D(B, C):
    def f(self, log): log.append("D"); return super().f(log)
print(D().f([]), [k.__name__ for k in D.__mro__])
try: type("X", (A, B), {})
except TypeError as e: print(str(e).splitlines()[0])
class Log:
    def __init_subclass__(cls): print("sub", cls.__name__)
class Mixin(Log, dict):
    def __setitem__(self, k, v): super().__setitem__(k, v * 2)
m = Mixin(); m["a"] = 2
print(m, isinstance(m, dict))
