# __slots__: attributes without a dict.
class P:
    __slots__ = ("x", "y")
    def __init__(self, x): self.x = x
p = P(1)
print(p.x, hasattr(p, "y"), hasattr(p, "__dict__"))
try: p.z = 1
except AttributeError as e: print(type(e).__name__)
try: p.y
except AttributeError as e: print(type(e).__name__)
class Q(P): pass
q = Q(2)
q.z = 3
print(q.__dict__, q.x)
