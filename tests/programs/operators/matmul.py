# The @ operator in its three forms: forward, reflected, in place.
class M:
    def __init__(self, v): self.v = v
    def __matmul__(self, o): return ("mat", self.v, o)
    def __rmatmul__(self, o): return ("rmat", o, self.v)
    def __imatmul__(self, o):
        self.v += o
        return self
m = M(3)
print(m @ 4, 5 @ m)
m @= 10
print(m.v)
