# Recursion through C code: sorted, repr of nested containers, copy, json.
def depth(n): return 0 if n == 0 else 1 + max(map(depth, [n - 1]))
print(depth(40))
class R:
    def __init__(self, n): self.n = n
    def __repr__(self): return f"R({R(self.n - 1)!r})" if self.n else "end"
print(repr(R(10)))
l = []
l.append(l)
print(l, repr({"l": l}))
