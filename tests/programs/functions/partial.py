# functools: partial, lru_cache, reduce, singledispatch, cached_property, total_ordering.
import functools
def f(a, b, c=0): return a, b, c
p = functools.partial(f, 1, c=5)
print(p(2), p.func is f, p.args, p.keywords)
@functools.lru_cache(maxsize=None)
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
print(fib(50), fib.cache_info())
print(functools.reduce(lambda x, y: x * y, range(1, 6)))
@functools.singledispatch
def show(x): return "any"
@show.register
def _(x: int): return "int"
@show.register(list)
def _(x): return "list"
print(show(1), show([]), show("s"))
class C:
    @functools.cached_property
    def v(self):
        print("computed")
        return 7
c = C()
print(c.v, c.v)
@functools.total_ordering
class T:
    def __init__(self, n): self.n = n
    def __eq__(self, o): return self.n == o.n
    def __lt__(self, o): return self.n < o.n
print(T(1) <= T(2), T(3) > T(2), T(1) >= T(2))
