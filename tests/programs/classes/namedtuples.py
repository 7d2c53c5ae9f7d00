# namedtuple and typing.NamedTuple: made by host code that looks at its caller's frame.
import typing
from collections import namedtuple
P = namedtuple("P", "x y", defaults=[5])
p = P(1)
print(p, p._replace(y=2), P._fields, P.__module__, p._asdict())
class N(typing.NamedTuple):
    a: int
    b: str = "b"
    def both(self): return self.a, self.b
print(N(1).both(), N.__module__, N(2))
