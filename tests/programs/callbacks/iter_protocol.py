# Iterators made of classes: __iter__, __next__, __getitem__, reversed, zip, enumerate, unpacking.
class Count:
    def __init__(self, n): self.n = n
    def __iter__(self): self.i = 0; return self
    def __next__(self):
        self.i += 1
        if self.i > self.n: raise StopIteration
        return self.i
print(list(Count(3)), sum(Count(4)), [*Count(2)], dict(zip("ab", Count(5))), list(enumerate(Count(2))), max(Count(3)))
a, *b = Count(3)
print(a, b, tuple(Count(0)), 2 in Count(3), any(v > 2 for v in Count(3)))
class Old:
    def __getitem__(self, i):
        if i == 3: raise IndexError
        return i * i
    def __len__(self): return 3
print(list(Old()), list(reversed(Old())))
class NotIter:
    def __iter__(self): return 5
try: iter(NotIter())
except TypeError as e: print(e)
try:
    for _ in 5: pass
except TypeError as e: print(e)
