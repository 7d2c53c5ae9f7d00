# Type parameters and type aliases (PEP 695), lazily evaluated bounds.
# since: 3.12
def first[T](xs: list[T]) -> T: return xs[0]
class Box[T: int, *Ts, **P]:
    def get[U: (int, str)](self, u: U) -> U: return u
type Alias[K] = dict[K, list[Alias[K]]]
type Lazy = NotYet
print(first([1]), first.__type_params__, Box.__type_params__, Box[int, str, [int]].__args__)
T, Ts, P = Box.__type_params__
print(T.__bound__, Box.get.__type_params__[0].__constraints__, T.__name__, T.__module__, type(Ts).__name__)
print(Alias, Alias.__type_params__, Alias.__value__)
try: Lazy.__value__
except NameError as e: print(e)
NotYet = 5
print(Lazy.__value__)
class Sub[T](Box[T, int, ...]): ...
print(Sub.__orig_bases__[0].__class__.__name__, Sub[int]().get(3))
def outer():
    x = "enclosing"
    class In[T]:
        y = x
        def m(self): return x, T
    return In
print(outer().y, outer()().m()[0])
