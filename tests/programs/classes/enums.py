# Enum, IntEnum, Flag, auto, members and methods.
import enum
class Color(enum.Enum):
    RED = 1
    GREEN = enum.auto()
    ALIAS = 1
    def nice(self): return self.name.title()
class N(enum.IntEnum):
    A = 1
    B = 2
class F(enum.Flag):
    R = enum.auto()
    W = enum.auto()
print(list(Color), Color(1) is Color.RED, Color["GREEN"].value, Color.ALIAS, Color.RED.nice(), N.B > N.A, N.A + 1)
print((F.R | F.W) & F.W, F.R in (F.R | F.W), Color.RED in Color)
try: Color(9)
except ValueError as e: print(e)
class Planet(enum.Enum):
    EARTH = (1, 2)
    def __init__(self, m, r): self.m, self.r = m, r
print(Planet.EARTH.m)
