"""Random programs whose control flow is wild: what unwinds, suspends and resumes, nested in each other at random.

``write_soup(seed)`` returns the source of a module with some functions, generators, coroutines and async generators.
They use what ``soup_support.py`` has (``log``, ``flip``, ``items``, managers, awaitables) and end by themselves: loops
go on while ``flip()`` says so, and it says so only so often.  The same seed gives the same source on one version of
Python (``except*`` is used from 3.11).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from random import Random

ERRORS = ("ValueError", "KeyError", "LookupError", "StopIteration", "StopAsyncIteration", "RuntimeError", "OSError")
CAUGHT = (*ERRORS, "Exception", "BaseException", "(ValueError, KeyError)", "GeneratorExit", "ArithmeticError")
OPERATORS = ("+", "-", "*", "%", "//", "|", "&", "^")
CAUGHT_IN_GROUPS = ("ValueError", "LookupError", "OSError", "Exception")
ITERABLES = ("items({})", "inner({})", "range({} % 3)", "Iterator({})", "(log(i) for i in items({}))")
PATTERNS = (
    "0", "1 | 2", "[a, *_]", "[1, x]", "{'k': x, **rest}", "int(real=x) if flip()", "Point(x, y=0)", "str() as x",
)  # fmt: skip
LAMBDA = "lambda a, *b, k=3, **c: a + len(b) + k"
COMPARISONS = ("<", "<=", "==", "!=", ">", "is", "is not", "in", "not in")


class Writer:
    """Writes one function: statements down to some depth, each numbered by what it logs."""

    def __init__(self, random: Random, kind: str, others: list[str]) -> None:
        self.random = random
        self.kind = kind  # "plain", "generator", "coroutine", "asyncgen"
        self.others = others  # plain functions that may be called
        self.lines: list[str] = []
        self.indent = 1
        self.count = 0
        self.loops = 0  # loops around here, in which `break` is allowed
        self.handlers = 0  # except clauses around here, where a bare `raise` has something to raise
        self.in_star = 0  # except* clauses around here, out of which there is no return

    def is_async(self) -> bool:
        """Tell whether the function may await."""
        return self.kind in ("coroutine", "asyncgen")

    def put(self, line: str) -> None:
        """Write a line."""
        self.lines.append("    " * self.indent + line)

    def number(self) -> int:
        """Return the next number to log."""
        self.count += 1
        return self.count

    def block(self, head: str, depth: int) -> None:
        """Write ``head:`` and what it holds."""
        self.put(f"{head}:")
        self.indent += 1
        for _ in range(self.random.randint(1, 3)):
            self.statement(depth - 1)
        self.indent -= 1

    def loop(self, head: str, depth: int) -> None:
        """Write a loop, perhaps with ``else``."""
        self.loops += 1
        self.block(head, depth)
        self.loops -= 1
        if self.random.random() < 0.3:
            self.block("else", depth)

    # -- expressions ------------------------------------------------------------------------------------------------

    def value(self, depth: int = 2) -> str:
        """Return an expression; most of them give a number, some raise."""
        choices: list[Callable[[int], str]] = [self.logged, self.name_x, self.logged]
        if depth > 0:
            choices += [
                lambda d: f"({self.value(d)} {self.random.choice(OPERATORS)} {self.value(d)})",
                lambda d: f"({self.value(d)} {self.random.choice(('and', 'or'))} {self.value(d)})",
                lambda d: f"({self.value(d)} if flip() else {self.value(d)})",
                lambda d: f"(not {self.value(d)})",
                lambda d: f"({self.value(d)} < {self.value(d)} <= {self.value(d)})",
                lambda d: f"len([{self.value(d)}, *items({self.number()})])",
                lambda d: f"sum([log(i) for i in items({self.number()}) if flip()])",
                lambda d: f"sum(log(i) + j for i in items({self.number()}) for j in items(i))",
                lambda d: f"len({{i: {self.value(0)} for i in items({self.number()})}})",
                lambda d: f"({LAMBDA})({self.value(d)}, *items({self.number()}), **{{'z': x}})",
                lambda d: f"len(f'{{{self.value(0)}!r:>3}}-{{x}}')",
                lambda d: f"(y := {self.value(d)})",
                lambda d: f"(x {self.random.choice(COMPARISONS[:5])} {self.value(d)})",
                lambda d: f"[1, 2, 3][{self.value(0)} % 4]",
                lambda d: f"max(items({self.number()}), key=lambda i: log(-i), default=x)",
            ]
            if self.others:
                choices += [lambda d: f"call({self.random.choice(self.others)}, {self.value(0)})"] * 2
            if self.kind == "generator":
                choices += [lambda d: f"(yield {self.value(0)})"] * 3
                choices += [lambda d: f"(yield from {self.delegate()})"]
            if self.is_async():
                choices += [lambda d: f"(await pause({self.number()}))"] * 3
                choices += [
                    lambda d: f"(await {self.random.choice(('failing', 'Awaitable'))}({self.number()}))",
                    lambda d: f"len([i async for i in ticks({self.number()}) if flip()])",
                    lambda d: f"len([await pause(i) for i in items({self.number()})])",
                ]
            if self.kind == "asyncgen":
                choices += [lambda d: f"(yield {self.value(0)})"] * 2
        return self.random.choice(choices)(depth - 1)

    def logged(self, _: int) -> str:
        """Return a logged number."""
        return f"log({self.number()})"

    def name_x(self, _: int) -> str:
        """Return the variable that every function has."""
        return "x"

    def delegate(self) -> str:
        """Return something for ``yield from``."""
        number = self.number()
        return self.random.choice((f"items({number})", f"inner({number})", f"inner({number})", f"Iterator({number})"))

    # -- statements -------------------------------------------------------------------------------------------------

    def statement(self, depth: int) -> None:
        """Write a statement, at most ``depth`` deep."""
        simple: list[Callable[[], None]] = [
            lambda: self.put(self.value()),
            lambda: self.put(f"x = {self.value()}"),
            lambda: self.put(f"x {self.random.choice(OPERATORS)}= {self.value(1)}"),
            lambda: self.put(f"a, *b = {self.value(0)}, *items({self.number()}); x = a"),
            self.leave,
            self.leave,
        ]
        if depth <= 0:
            self.random.choice(simple)()
            return
        compound: list[Callable[[int], None]] = [
            self.if_, self.while_, self.for_, self.try_, self.try_, self.try_, self.with_, self.with_, self.match,
            self.function, self.class_,
        ]  # fmt: skip
        if self.is_async():
            compound += [self.async_with, self.async_for]
        if sys.version_info >= (3, 11):
            compound += [self.try_star]
        if self.random.random() < 0.35:
            self.random.choice(simple)()
        else:
            self.random.choice(compound)(depth)

    def leave(self) -> None:
        """Write what goes elsewhere: raise, return, break, continue."""
        error = self.random.choice(ERRORS)
        choices = [f"raise {error}({self.number()})", f"if flip(): raise {error}({self.number()})"]
        choices += [f"if flip(): raise {error} from KeyError({self.number()})", f"assert flip(), {self.number()}"]
        if self.handlers:
            choices += ["raise", "if flip(): raise"]
        if not self.in_star:
            value = "" if self.kind == "asyncgen" else f" {self.value(1)}"
            choices += [f"return{value}", f"if flip(): return{value}"]
        if self.loops:
            choices += ["break", "continue", "if flip(): break", "if flip(): continue"]
        self.put(self.random.choice(choices))

    def if_(self, depth: int) -> None:
        """Write ``if``, perhaps ``elif`` and ``else``."""
        self.block(f"if {self.random.choice(('flip()', 'not flip()', self.value(1)))}", depth)
        if self.random.random() < 0.4:
            self.block("elif flip()", depth)
        if self.random.random() < 0.5:
            self.block("else", depth)

    def while_(self, depth: int) -> None:
        """Write ``while``."""
        self.loop("while flip()", depth)

    def for_(self, depth: int) -> None:
        """Write ``for``."""
        self.loop(f"for x in {self.random.choice(ITERABLES).format(self.number())}", depth)

    def async_for(self, depth: int) -> None:
        """Write ``async for``."""
        self.loop(f"async for x in ticks({self.number()})", depth)

    def try_(self, depth: int) -> None:
        """Write ``try`` with some of ``except``, ``else``, ``finally``."""
        self.block("try", depth)
        clauses = self.random.randint(0, 2)
        for _ in range(clauses):
            name = self.random.choice(("", " as e"))
            self.handlers += 1
            self.block(f"except {self.random.choice(CAUGHT)}{name}", depth)
            self.handlers -= 1
        if clauses and self.random.random() < 0.3:
            self.block("else", depth)
        if not clauses or self.random.random() < 0.4:
            self.block("finally", depth)

    def try_star(self, depth: int) -> None:
        """Write ``try`` with ``except*``."""
        self.put("try:")
        self.indent += 1
        errors = ", ".join(f"{self.random.choice(ERRORS)}({self.number()})" for _ in range(2))
        self.put(f"if flip(): raise ExceptionGroup('{self.number()}', [{errors}, ExceptionGroup('in', [OSError(1)])])")
        self.statement(depth - 1)
        self.indent -= 1
        loops, self.loops, self.in_star = self.loops, 0, self.in_star + 1
        for _ in range(self.random.randint(1, 2)):
            self.handlers += 1
            self.block(f"except* {self.random.choice(CAUGHT_IN_GROUPS)} as e", depth)
            self.handlers -= 1
        self.loops, self.in_star = loops, self.in_star - 1
        if self.random.random() < 0.3:
            self.block("finally", depth)

    def with_(self, depth: int) -> None:
        """Write ``with``, of one manager or two."""
        managers = f"Manager({self.number()}) as m"
        if self.random.random() < 0.3:
            managers += f", Manager({self.number()})"
        self.block(f"with {managers}", depth)

    def async_with(self, depth: int) -> None:
        """Write ``async with``."""
        self.block(f"async with AsyncManager({self.number()}) as m", depth)

    def match(self, depth: int) -> None:
        """Write ``match``."""
        self.put(f"match choice({self.number()}):")
        self.indent += 1
        for pattern in self.random.sample(PATTERNS, 3):
            self.block(f"case {pattern}", depth)
        if self.random.random() < 0.5:
            self.block("case _", depth)
        self.indent -= 1

    def function(self, depth: int) -> None:
        """Write an inner function with a cell of its own and one of the outer one's, and call it."""
        name = f"nested{self.number()}"
        writer = Writer(self.random, "plain", [])
        writer.indent, writer.count = self.indent + 1, self.count
        writer.statement(depth - 1)
        self.count = writer.count
        self.put(f"z = {self.number()}")
        self.put(f"def {name}(x, *rest, key={self.value(0)}):")
        self.put("    nonlocal z")
        self.put(f"    z += x; w = [log(z + i) for i in rest]; log({self.number()})")
        self.lines += writer.lines
        self.put("    return lambda: z + key + len(w)")
        self.put(f"x = call({name}, {self.value(0)}, *items({self.number()}))")

    def class_(self, depth: int) -> None:
        """Write a class and use it."""
        name = f"Class{self.number()}"
        self.put(f"class {name}(Base):")
        self.put(f"    a = {self.value(0)}; b = [log(i) for i in items({self.number()})]")
        self.put("    def get(self, v): return super().get(v) + log(self.a) + len(self.b) + len(__class__.__name__)")
        self.put(f"x = {name}().get({self.value(0)})")


def write_soup(seed: int) -> str:
    """Return the source of a module with functions of every kind, and ``MAIN``, their names by kind."""
    random = Random(seed)
    parts = ["from soup_support import *\n"]
    names: dict[str, list[str]] = {"plain": [], "generator": [], "coroutine": [], "asyncgen": []}
    for kind in ("plain", "plain", "generator", "coroutine", "asyncgen"):
        name = f"{kind}{len(names[kind])}"
        writer = Writer(random, kind, list(names["plain"]))
        writer.put("y = 0")
        for _ in range(3):
            writer.statement(3)
        if kind in ("generator", "asyncgen"):
            writer.put(f"yield {writer.value(0)}")
        writer.put("log(x)" if kind == "asyncgen" else "return log(x)")
        prefix = "async " if writer.is_async() else ""
        parts.append(f"{prefix}def {name}(x):\n" + "\n".join(writer.lines) + "\n")
        names[kind].append(name)
    parts.append(f"MAIN = {names!r}\n")
    return "\n".join(parts)
