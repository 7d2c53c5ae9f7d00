"""Random programs that move values: what is assigned, exchanged, unpacked, captured and deleted, in every combination.

``write_moves(seed)`` returns the source of a module with some functions, generators and a class's body.  Each has a
handful of variables of every kind (fast locals, cells, globals, items, attributes) and statements that move values
among them, so that a value that goes to the wrong place is seen in what the function returns.  ``moves_support.py`` has
what they use.  The same seed gives the same source on every version of Python.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

LOCALS = ("a", "b", "c", "d")
CELL, GLOBAL = "e", "g"
PLACES = (*LOCALS, *LOCALS, CELL, GLOBAL, "row[0]", "row[i % 3]", "box.p", "box.q")
OPERATORS = ("+", "-", "^", "&", "|")


class Writer:
    """Writes one function, class or module: statements down to some depth."""

    def __init__(self, random: Random, indent: int, yields: bool = False) -> None:
        self.random = random
        self.indent = indent
        self.yields = yields
        self.loops = 0
        self.lines: list[str] = []

    def put(self, line: str) -> None:
        """Write a line."""
        self.lines.append("    " * self.indent + line)

    def block(self, head: str, depth: int) -> None:
        """Write ``head:`` and what it holds."""
        self.put(f"{head}:")
        self.indent += 1
        for _ in range(self.random.randint(1, 2)):
            self.statement(depth - 1)
        self.indent -= 1

    # -- values -----------------------------------------------------------------------------------------------------

    def place(self) -> str:
        """Return something that can be assigned to."""
        return self.random.choice(PLACES)

    def name(self) -> str:
        """Return a local."""
        return self.random.choice(LOCALS)

    def value(self, depth: int = 1) -> str:
        """Return an expression; nearly all of them give a number."""
        if depth <= 0 or self.random.random() < 0.6:
            return self.random.choice((self.place(), self.place(), self.name(), str(self.random.randint(0, 9))))
        one, other = self.value(depth - 1), self.value(depth - 1)
        choices = [
            f"({one} {self.random.choice(OPERATORS)} {other})",
            f"({self.name()} := {one})",
            f"({one} if {other} > {self.name()} else {self.value(depth - 1)})",
            f"({one} {self.random.choice(('and', 'or'))} {other})",
            f"(0 <= {one} < {other})",
            f"(-{one})",
            f"(lambda a, *b, c=1: a + len(b) + c)({one}, {other}, c={self.name()})",
            f"exchange({one}, y={other})[{self.random.randint(0, 1)}]",
            f"len(f'{{{self.name()}}}{{{self.name()}!r:>3}}')",
            f"sum([i + {self.name()} for i in ({self.place()}, {self.place()})])",
            f"max({{i: {self.name()} for i in ({self.place()}, {self.place()})}}.values())",
        ]
        if self.yields:
            choices += [f"(yield {one})"] * 2
        return self.random.choice(choices)

    def values(self, count: int) -> str:
        """Return so many expressions; most often just places, which are exchanged then."""
        depth = int(self.random.random() < 0.4)
        return ", ".join(self.value(depth) for _ in range(count))

    def targets(self, count: int) -> str:
        """Return so many places; most often locals."""
        pick = self.name if self.random.random() < 0.6 else self.place
        return ", ".join(pick() for _ in range(count))

    # -- statements -------------------------------------------------------------------------------------------------

    def statement(self, depth: int) -> None:
        """Write a statement, at most ``depth`` deep."""
        simple: list[Callable[[], None]] = [self.exchange] * 6 + [self.assign, self.unpack, self.augment, self.forget]
        compound: list[Callable[[int], None]] = [self.if_, self.for_, self.try_, self.with_, self.match]
        if depth > 0 and self.random.random() < 0.4:
            self.random.choice(compound)(depth)
        else:
            self.random.choice(simple)()

    def exchange(self) -> None:
        """Write ``a, b = b, a`` and the like."""
        count = self.random.randint(2, 4)
        self.put(f"{self.targets(count)} = {self.values(count)}")

    def assign(self) -> None:
        """Write an assignment to one place or several."""
        self.put(f"{' = '.join(self.place() for _ in range(self.random.randint(1, 3)))} = {self.value(2)}")

    def unpack(self) -> None:
        """Write an assignment out of something that has a length."""
        a, b, c = self.place(), self.place(), self.place()
        choices = [
            f"{a}, *rest, {b} = {self.values(4)}; {c} = len(rest)",
            f"({a}, {b}), {c} = exchange({self.values(2)}), {self.value()}",
            f"[{a}, {b}] = [i ^ {self.name()} for i in ({self.place()}, {self.place()})]",
            f"{a}, {b}, {c} = row",
            f"row[:2] = {self.values(2)}",
            f"{a}, {b} = exchange(*({self.values(2)}))",
            f"{a}, {b} = exchange(**{{'y': {self.value()}, 'x': {self.value()}}})",
            f"{a} = [*row, {b}][{self.random.randint(-1, 3)}]",
        ]
        self.put(self.random.choice(choices))

    def augment(self) -> None:
        """Write ``a += b``."""
        self.put(f"{self.place()} {self.random.choice(OPERATORS)}= {self.value()}")

    def forget(self) -> None:
        """Delete a name, and use it, or most often give it a value again."""
        names = (*LOCALS, CELL)
        name = self.random.choice(names)
        if self.random.random() < 0.4:
            again = self.random.choice(("del {0}", "{0}", "{0} += 1", "print({0})")).format(name)
            self.put(f"try: del {name}; {again}")
            self.put(f"except NameError as error: {name} = len(str(error))")
            return
        self.put(f"del {name}")
        if self.random.random() < 0.9:
            self.put(f"{name} = {self.random.choice([each for each in names if each != name])}")

    def if_(self, depth: int) -> None:
        """Write ``if`` and perhaps ``else``."""
        self.block(f"if {self.value()} {self.random.choice(('<', '==', '!=', 'is', 'in'))} one({self.value()})", depth)
        if self.random.random() < 0.5:
            self.block("else", depth)

    def for_(self, depth: int) -> None:
        """Write a loop of a few turns."""
        if self.loops > 1:
            return self.exchange()
        self.loops += 1
        pairs = f"(exchange({self.values(2)}), exchange({self.values(2)}))"
        self.block(self.random.choice((f"for {self.targets(2)} in {pairs}", "for i in range(3)")), depth)
        if self.random.random() < 0.3:
            self.put(f"    if {self.value()} > {self.value()}: {self.random.choice(('break', 'continue'))}")
        self.loops -= 1
        return None

    def try_(self, depth: int) -> None:
        """Write ``try``, of which half raises."""
        self.block("try", depth)
        self.put(f"    {self.targets(2)} = {self.value()}, {self.value()} // {self.place()}")
        self.block("except (ArithmeticError, NameError, ValueError)", depth)
        if self.random.random() < 0.5:
            self.block("finally", depth)

    def with_(self, depth: int) -> None:
        """Write ``with``, whose manager gives two values."""
        self.block(f"with manager({self.values(2)}) as ({self.targets(2)})", depth)

    def match(self, depth: int) -> None:
        """Write ``match``, which binds names."""
        self.put(f"match ({self.values(2)}):")
        self.indent += 1
        self.block(f"case ({self.random.randint(0, 3)}, {self.name()})", depth)
        one, other = self.random.sample(LOCALS, 2)
        self.block(f"case ({one}, {other})", depth)
        self.indent -= 1


STATE = f"({', '.join((*LOCALS, CELL, GLOBAL))}, *row, box.p, box.q)"
SET_UP = f"row, box, i, {CELL} = [a, b, c], Box(c, d), 0, d"


def write_moves(seed: int) -> str:
    """Return the source of a module with functions, generators and a class's body, and ``MAIN``, the names of all."""
    random = Random(seed)
    names = [f"move{number}" for number in range(6)]
    bodies = [_function(random, yields=number % 3 == 2) for number in range(5)] + [_class(random)]
    functions = [f"def {name}(a, b, c, d):\n{body}\n" for name, body in zip(names, bodies)]
    return "\n".join(["from moves_support import *\n", f"{GLOBAL} = 5", *functions, f"MAIN = {names!r}\n"])


def _function(random: Random, yields: bool) -> str:
    """Return the body of a function or generator, in which another one stands."""
    writer, inside = Writer(random, 1, yields), Writer(random, 2)
    inside.exchange()
    inside.put(f"a, b = b, a; {CELL}, a = a, {CELL}")
    writer.put(f"global {GLOBAL}")
    writer.put(SET_UP)
    writer.put("def inside(a, b, c=2, d=3):")
    writer.put(f"    nonlocal {CELL}; global {GLOBAL}")
    writer.lines += [*inside.lines, f"        return a, b, {CELL}"]
    for _ in range(4):
        writer.statement(2)
    writer.put(f"{writer.targets(3)} = inside({writer.values(2)})")
    for _ in range(3):
        writer.statement(2)
    if yields:
        writer.put(f"yield {STATE}")
    return "\n".join([*writer.lines, f"    return {STATE}"])


def _class(random: Random) -> str:
    """Return the body of a function with a class whose body moves its own names."""
    writer = Writer(random, 2)
    writer.put(f"a, b, c, d, {GLOBAL} = 1, 2, 3, 4, 5")
    writer.put(SET_UP)
    for _ in range(6):
        writer.exchange()
    return "\n".join(["    class Moves:", *writer.lines, f"        state = {STATE}", "    return Moves.state"])
