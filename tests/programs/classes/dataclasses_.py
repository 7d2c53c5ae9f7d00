# Dataclasses: fields, defaults, order, frozen, replace, post_init, inheritance.
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, replace
@dataclass(order=True)
class P:
    x: int
    y: int = 2
    tags: list = field(default_factory=list, compare=False)
    def __post_init__(self): self.sum = self.x + self.y
@dataclass(frozen=True)
class F(P):
    z: str = "z"
    def __post_init__(self): pass
    def __hash__(self): return 1
try:
    print(F(1))
except TypeError as e: print("cannot", e)
p = P(1)
print(p, p == P(1), p < P(2), p.sum, asdict(p), replace(p, y=9), [f.name for f in fields(P)])
@dataclass(frozen=True)
class G:
    a: int
g = G(1)
try: g.a = 2
except FrozenInstanceError as e: print(type(e).__name__, e)
print(hash(g) == hash(G(1)))
