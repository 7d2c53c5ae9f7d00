# Callables of every kind: __call__, classes, bound, builtin, partial methods, operator getters.
import functools, operator
class C:
    def __init__(self, *a): self.a = a
    def __call__(self, x, *, k=0): return self.a, x, k
    def m(self, x): return "m", x
    p = functools.partialmethod(m, 5)
    s = staticmethod(len)
c = C(1)
print(c(2, k=3), C(4).a, c.m(1), c.p(), C.s("abc"), callable(c), callable(5))
print(operator.itemgetter(1)([7, 8]), operator.attrgetter("a")(c), operator.methodcaller("m", 9)(c))
print(list(map(C.m, [c], [1])), list(map(c, [5])))
