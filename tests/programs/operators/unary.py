# Unary operators, on numbers and on a class.
class N:
    def __neg__(self): return "neg"
    def __pos__(self): return "pos"
    def __invert__(self): return "inv"
    def __bool__(self): return False
n = N()
print(-5, +5, ~5, not 5, -n, +n, ~n, not n)
