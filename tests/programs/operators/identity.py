# is, is not, in, not in.
a = []
print(a is a, a is [], None is not a, 3 in [1, 2, 3], 3 not in (1, 2), "b" in "abc", "k" in {"k": 1})
class Has:
    def __contains__(self, x): return x == 42
class Iter:
    def __iter__(self): return iter([1, 2])
class Item:
    def __getitem__(self, i):
        if i > 3: raise IndexError
        return i * 10
print(42 in Has(), 1 in Has(), 2 in Iter(), 20 in Item(), 99 not in Item())
