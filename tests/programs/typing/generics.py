# Generic classes, Protocol, TypedDict, get_type_hints, cast, overload.
import typing
T = typing.TypeVar("T", bound=int)
class Box(typing.Generic[T]):
    def __init__(self, v: T): self.v = v
    def get(self) -> T: return self.v
print(Box[int](3).get(), Box[int].__args__, Box.__parameters__, Box.__orig_bases__)
class P(typing.Protocol):
    def run(self) -> int: ...
@typing.runtime_checkable
class Q(typing.Protocol):
    def run(self): ...
class R:
    def run(self): return 1
print(isinstance(R(), Q), isinstance(1, Q))
TD = typing.TypedDict("TD", {"a": int}, total=False)
class TE(TD):
    b: str
print(TE.__required_keys__, TE(a=1, b="x"), typing.get_type_hints(TE))
@typing.overload
def o(x: int) -> int: ...
def o(x): return x
print(o(1), typing.cast(int, "s"), list[int], dict[str, int] | None)
