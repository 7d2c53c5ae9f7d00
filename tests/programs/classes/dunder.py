# Special methods that C code calls: len, iter, getitem, call, hash, bool, index, format, enter...
class V:
    def __init__(self, *v): self.v = v
    def __len__(self): return len(self.v)
    def __iter__(self): return iter(self.v)
    def __getitem__(self, i): return self.v[i]
    def __call__(self, *a, **k): return ("called", a, k)
    def __hash__(self): return 7
    def __eq__(self, o): return isinstance(o, V) and self.v == o.v
    def __bool__(self): return bool(self.v)
    def __index__(self): return 2
    def __int__(self): return 3
    def __float__(self): return 4.5
    def __str__(self): return "str"
    def __repr__(self): return f"V{self.v}"
    def __bytes__(self): return b"bytes"
    def __reversed__(self): return "reversed"
    def __abs__(self): return "abs"
    def __round__(self, n=None): return ("round", n)
    def __length_hint__(self): return 3
    def __dir__(self): return ["b", "a"]
    def __sizeof__(self): return 100
v = V(1, 2, 3)
print(len(v), list(v), v[0], v(1, k=2), hash(v), v == V(1, 2, 3), bool(V()), [10, 20, 30][v], int(v), float(v))
print(str(v), repr(v), bytes(v), reversed(v), abs(v), round(v, 2), dir(v), {v: 1}[V(1, 2, 3)], f"{v}", max(v), sum(v))
print(hex(v), range(5)[v], "abc"[v], v in [V(1, 2, 3)], *v)
