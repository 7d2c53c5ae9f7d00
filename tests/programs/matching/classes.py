# match: class patterns, __match_args__, keywords, builtins that match themselves, errors.
from dataclasses import dataclass
@dataclass
class P:
    x: int
    y: int
class Q:
    __match_args__ = ("a",)
    def __init__(self, a, b): self.a, self.b = a, b
def kind(v):
    match v:
        case P(0, 0): return "origin"
        case P(x, y=0): return f"x axis {x}"
        case P(x=a, y=b) if a == b: return "diagonal"
        case Q(1, b=z): return f"Q {z}"
        case int(n) | float(n): return f"number {n}"
        case str(s): return f"str {s}"
        case [P(x, _), *_]: return f"starts with {x}"
        case dict(): return "dict"
        case _: return "?"
print([kind(v) for v in (P(0, 0), P(3, 0), P(2, 2), P(1, 2), Q(1, 5), Q(2, 5), 4, 2.5, "s", [P(7, 8)], {}, None)])
def bad(f):
    try: f()
    except TypeError as e: print(e)
def one():
    match P(1, 2):
        case P(1, 2, 3): pass
def two():
    match P(1, 2):
        case P(1, x=1): pass
def three():
    not_a_class = 5
    match 1:
        case not_a_class(): pass
class Bad: __match_args__ = ["x"]
def four():
    match Bad():
        case Bad(1): pass
class Bad2: __match_args__ = (5,)
def five():
    match Bad2():
        case Bad2(1): pass
for f in (one, two, three, four, five): bad(f)
