# Modules found by frames: type() made dynamically, TypeVar, NewType, Enum and namedtuple by function.
import enum, typing, collections
T = typing.TypeVar("T")
N = typing.NewType("N", int)
E = enum.Enum("E", "A B")
P = collections.namedtuple("P", "x")
K = type("K", (), {})
D = typing.TypedDict("D", {"a": int})
for thing in (T, N, E, P, K, D):
    print(thing.__name__, thing.__module__)
def f(): return type("In", (), {}).__module__, typing.TypeVar("U").__module__
print(f())
