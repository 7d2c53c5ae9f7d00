"""Random classes and objects, changed in every way that Python allows, shown to both encoders.

Two encoders, the one in C and the one in Python, are told of the same calls with the same objects, in one process: what
they write must be the same, line by line.  All objects here are hostile: their classes' methods raise.
"""

from __future__ import annotations

import collections
import contextlib
import enum
import gc
import random
import re
import sys
import threading
import types
from typing import Any

from lasti.bytecode import decode
from lasti.events import NULL
from lasti.native.extension import extension
from lasti.trace import capture, encoder
from lasti.trace.facts import Analysis, Facts
from lasti.trace.recorder import HARMLESS


class FakeCode:
    """What an encoder asks of the machine's ``Code``."""

    def __init__(self, function: types.FunctionType) -> None:
        self.co = function.__code__
        self.bytecode = decode(self.co)


class FakeFrame:
    """What an encoder asks of the machine's ``Frame``."""

    __slots__ = (
        "__weakref__", "activation", "back", "code", "fast", "function_qualname", "is_over", "locals", "pc", "stack",
    )  # fmt: skip

    def __init__(self, code: FakeCode, fast: list[Any]) -> None:
        self.activation, self.back, self.code, self.fast = 0, None, code, fast
        self.function_qualname, self.is_over, self.locals, self.pc, self.stack = None, False, None, -1, []


def _shown(thing: Any) -> None: ...
def _shown_fresh(*things: Any) -> None: ...


SHOWN, SHOWN_FRESH = FakeCode(_shown), FakeCode(_shown_fresh)  # type: ignore[arg-type]


class Show:
    """Both encoders, and what they have written."""

    def __init__(self, record: Any) -> None:
        self.failures: list[BaseException] = []
        in_c = record.Encoder(
            self._facts_of, lambda ident: 1, lambda: None, self.failures.append, capture, encoder.Block,
            encoder.MODULE_NAMES, NULL, HARMLESS,
        )  # fmt: skip
        self.encoders = (in_c, encoder.Encoder(self._facts_of, lambda ident: 1, lambda: None))

    @staticmethod
    def _facts_of(code: FakeCode, qualname: str | None) -> Facts:
        return Facts(code.bytecode.code, Analysis(code.bytecode), "f", 1 + (code is SHOWN), 0)

    def look(self, value: Any, is_fresh: bool) -> None:
        """Have both look at a value: the argument of a call, which it returns."""
        for each in self.encoders:
            frame = FakeFrame(SHOWN_FRESH if is_fresh else SHOWN, [value])
            each.call(frame, None)
            each.return_(frame, value)

    def blocks(self, kept: int | None) -> list[list[str]]:
        """End the block (and begin the trace anew, with ``kept``); return the lines of both encoders."""
        told = []
        for each in self.encoders:
            blocks = (each.take(True),) if kept is None else each.renew(kept)
            told.append([re.sub(r"^([A-Z])\d+", r"\1", line) for block in blocks for line in _lines(block)])
        return told


def _lines(block: encoder.Block) -> list[str]:
    texts = (block.stream, block.pictures, block.births, block.rest, block.ends, block.keyframe)
    return [line for text in texts for line in text.decode().split("\n")]


# -- the objects --------------------------------------------------------------------------------------------------


def hostile(*_: Any, **__: Any) -> Any:
    """Whatever is asked of an object of the program's."""
    raise AssertionError("the program's code was run")


HOSTILE = dict.fromkeys(
    (
        *("__repr__", "__str__", "__len__", "__iter__", "__eq__", "__hash__", "__bool__", "__getitem__", "__int__"),
        *("__float__", "__complex__", "__index__", "__getattribute__", "__getattr__", "__contains__", "__reversed__"),
    ),
    hostile,
)


class Meta(type):
    """A metaclass whose classes answer nothing."""

    __repr__ = __eq__ = __hash__ = __iter__ = __len__ = __bool__ = __call__ = hostile  # type: ignore[assignment]

    def __getattribute__(cls, name: str) -> Any:
        hostile()


class Text(str):
    """A str that is none."""


NAMES = ["Shape", "Other", "A" * 250, "Ünïcode\ud800"]
SLOTS = ["first", "second", "_private", "third"]
BASES: list[type] = [
    *(object, list, dict, set, frozenset, tuple, int, str, bytes, float, complex, Exception, OSError, StopIteration),
    *(collections.deque, collections.OrderedDict, collections.Counter, types.ModuleType, types.SimpleNamespace, type),
    *(threading.local, KeyError, UnicodeDecodeError, enum.Enum, bytearray, collections.defaultdict, property),
]
ARGUMENTS: dict[type, list[tuple[Any, ...]]] = {
    list: [()],
    tuple: [(), ((1, "a"),), (range(40),)],
    frozenset: [(), ("abc",), (range(50),)],
    int: [(), (7,), (1 << 300,), (-(10**30),)],
    str: [(), ('a\n"b',), ("x" * 300,), ("\ud800",)],
    bytes: [(), (b"ab\xff",), (b"x" * 300,)],
    float: [(), (1.5,), ("nan",)],
    complex: [(), (1 + 2j,)],
    Exception: [(), (1,), tuple((n,) for n in range(40))],
    OSError: [(), (2, "no", "file")],
    types.ModuleType: [("module",)],
    type: [("Made", (), {})],
}


def _base_of(kind: type) -> type:
    """Return the base that decides how an object of this class is made."""
    return next(each for each in type.mro(kind) if any(each is base for base in BASES))


class Zoo:
    """Classes and objects, and the random changes that they undergo."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.classes: list[type] = []
        self.objects: list[Any] = []

    def step(self) -> None:
        """Change something; what Python refuses is no change."""
        changes = (
            *(self.new_class, self.new_object, self.new_object, self.new_object, self.set_attribute),
            *(self.set_attribute, self.delete_attribute, self.fill, self.empty, self.change_class, self.change_bases),
            *(self.rename, self.forget, self.forget_class, self.change_error, self.nest, self.of_the_host),
        )
        with contextlib.suppress(TypeError, AttributeError, ValueError, RuntimeError, IndexError, AssertionError):
            self.random.choice(changes)()

    def new_class(self) -> None:
        """Make a class; few names, so that one is made where another of the same name has lain."""
        choose = self.random.choice
        bases = (choose(self.classes) if self.classes and self.random.random() < 0.4 else choose(BASES),)
        if self.random.random() < 0.1:
            bases += (choose(BASES),)
        namespace: dict[str, Any] = dict(HOSTILE) if self.random.random() < 0.6 else {}
        if self.random.random() < 0.7:
            slots = self.random.sample(SLOTS, self.random.randrange(4))
            slots += [name for name in ("__dict__", "__weakref__") if self.random.random() < 0.3]
            namespace["__slots__"] = tuple(slots)
        if self.classes and self.random.random() < 0.2:
            other = type.__dict__["__dict__"].__get__(choose(self.classes))
            for name in (*SLOTS, "__dict__"):
                if name in other and name not in namespace.get("__slots__", ()):
                    namespace[choose([name, "stolen"])] = other[name]
        if self.objects and self.random.random() < 0.2:
            namespace[choose(["value", "__doc__"])] = self.any_object()
        if self.random.random() < 0.05:
            namespace["__dict__"] = property(hostile)
        kind = type.__call__(Meta if self.random.random() < 0.2 else type, choose(NAMES), bases, namespace)
        self.classes.append(kind)
        if self.random.random() < 0.1:
            self.tamper(kind)

    def new_object(self) -> None:
        kind = self.random.choice(self.classes)
        base = _base_of(kind)
        arguments = self.random.choice(ARGUMENTS.get(base, [()]))  # a class of ours is no key
        made = base.__new__(kind, *arguments)
        if isinstance_of(made, list):
            list.extend(made, range(self.random.choice([0, 3, 40])))
        self.objects.append(made)

    def any_object(self) -> Any:
        return self.random.choice(self.objects)

    def set_attribute(self) -> None:
        value = self.random.choice([1, "x", None, [1, [2]], self.any_object()])
        name = self.random.choice([*SLOTS, "more", f"n{self.random.randrange(60)}"])
        object.__setattr__(self.any_object(), name, value)

    def delete_attribute(self) -> None:
        object.__delattr__(self.any_object(), self.random.choice(SLOTS))

    def fill(self) -> None:
        value, item = self.any_object(), self.random.choice([1, "x", self.any_object()])
        for _ in range(self.random.choice([1, 40])):
            key = self.random.randrange(100)
            if isinstance_of(value, list):
                list.append(value, item)
            elif isinstance_of(value, dict):
                dict.__setitem__(value, key, item)
            elif isinstance_of(value, set):
                set.add(value, self.random.choice([key, str(key)]))
            elif isinstance_of(value, collections.deque):
                collections.deque.append(value, item)

    def empty(self) -> None:
        value = self.any_object()
        for base in (list, dict, set, collections.deque):
            if isinstance_of(value, base):
                base.clear(value)  # type: ignore[attr-defined]

    def change_class(self) -> None:
        object.__dict__["__class__"].__set__(self.any_object(), self.random.choice(self.classes))

    def change_bases(self) -> None:
        bases = (self.random.choice(self.classes), *self.random.sample(self.classes, self.random.randrange(2)))
        type.__dict__["__bases__"].__set__(self.random.choice(self.classes), bases)

    def rename(self) -> None:
        name = self.random.choice([*NAMES, Text("no str")])
        type.__dict__["__qualname__"].__set__(self.random.choice(self.classes), name)

    def forget(self) -> None:
        del self.objects[self.random.randrange(len(self.objects))]

    def forget_class(self) -> None:
        """Let a class die, with all its objects."""
        gone = self.classes.pop(self.random.randrange(len(self.classes)))
        self.classes = [kind for kind in self.classes if not any(base is gone for base in type.mro(kind))]
        del gone
        self.objects = [each for each in self.objects if any(type(each) is kind for kind in self.classes)]
        gc.collect()

    def change_error(self) -> None:
        value = self.any_object()
        BaseException.__dict__["args"].__set__(value, self.random.choice([(), (1, [2]), tuple(range(40)), "ab"]))

    def nest(self) -> None:
        a, b = self.any_object(), self.any_object()
        self.objects.append(
            self.random.choice([[a, [b, [a]]], (a, b), {1: a, 2: [b]}, [a] * 50, types.MethodType(len, a)])
        )

    def tamper(self, kind: type) -> None:
        """Take a slot's descriptor from its class, or put something else in its place."""
        name = self.random.choice(SLOTS)
        if self.random.random() < 0.5:
            type.__delattr__(kind, name)
        else:
            type.__setattr__(kind, name, property(hostile))

    def of_the_host(self) -> None:
        """Add something that no class of ours makes."""
        value = self.any_object()

        def numbers() -> Any:
            yield value

        generator, over = numbers(), numbers()
        over.close()
        self.objects.append(
            self.random.choice(
                [
                    *(generator, over, types.CellType(value), types.CellType(), numbers, numbers.__code__),
                    *(types.SimpleNamespace(a=value), threading.local(), slice(value, None), [value].append),
                    *(super(type(value), value), iter([value]), property(hostile), types.MappingProxyType({1: value})),
                    *(types.ModuleType("module"), staticmethod(hostile), memoryview(b"a")),
                ]
            )
        )


def isinstance_of(value: Any, base: type) -> bool:
    """Tell whether it is an instance, asking nobody."""
    return any(each is base for each in type.mro(type(value)))


def first_difference(record: Any, seed: int, steps: int) -> str:
    """Return how the encoders' lines differ, "" when they do not."""
    zoo, show = Zoo(seed), Show(record)
    choose = zoo.random
    for number in range(steps):
        zoo.step()
        looks = [(each, choose.random() < 0.2) for each in choose.sample(zoo.objects, min(len(zoo.objects), 2))]
        if zoo.classes and choose.random() < 0.1:
            looks.append((choose.choice(zoo.classes), False))
        while looks:
            show.look(*looks.pop(0))
        if number % 50 == 49 or number == steps - 1:
            in_c, in_python = show.blocks(choose.choice([None, None, 0, 1, 3]))
            if show.failures:
                return f"seed {seed}, step {number}: the encoder in C gave up: {show.failures[0]!r}"
            for c, python in zip(in_c, in_python):
                if c != python:
                    return f"seed {seed}, step {number}: in C\n{c}\nin Python\n{python}"
            if len(in_c) != len(in_python):
                return f"seed {seed}, step {number}: {len(in_c)} lines in C, {len(in_python)} in Python"
    return ""


def main(first: int, last: int, steps: int) -> None:
    """Print the differences that the seeds from ``first`` to before ``last`` show."""
    record = extension()
    for seed in range(first, last):
        difference = first_difference(record, seed, steps)
        if difference:
            print(difference)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
