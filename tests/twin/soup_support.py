"""What the programs of ``soup.py`` use; it is copied beside them and runs on the machine as they do.

Everything is deterministic: ``flip`` takes its answers from the seed with which ``begin`` was called, and says no when
it was asked too often, so that every loop ends.
"""

import sys
import types
from functools import partial

FLIPS = 150
CALLS = 12


class State:
    """What the answers depend on."""

    random = flips = calls = depth = 0


def begin(seed):
    """Start anew."""
    State.random, State.flips, State.calls, State.depth = seed * 2654435761 % 2**32, 0, 0, 0


def draw(limit):
    """Return the next pseudo-random number below ``limit``."""
    State.random = (State.random * 1664525 + 1013904223) % 2**32
    return (State.random >> 16) % limit


def log(number):
    """Print a number, return it."""
    print(number, end=" ")
    return number


def flip():
    """Say yes or no."""
    State.flips += 1
    return State.flips < FLIPS and draw(2) == 0


def items(number):
    """Return a few numbers."""
    return [number + index for index in range(draw(4))]


def choice(number):
    """Return something to match."""
    return [number, 0, [1, 2], {"k": number}, "text", Point(number, 0), (), None][draw(8)]


def call(function, *arguments):
    """Call a function, but not too deep and not too often."""
    if State.depth > 2 or State.calls > CALLS:
        return 0
    State.calls += 1
    State.depth += 1
    try:
        result = function(*arguments)
        return result() if callable(result) else result if isinstance(result, int) else 0
    finally:
        State.depth -= 1


class Point:
    """Something with positions for patterns."""

    __match_args__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y


class Base:
    """The base of the programs' classes."""

    def get(self, value):
        """Return a value of its own."""
        return log(value)


class Manager:
    """A context manager that says what it gets, and swallows some exceptions."""

    def __init__(self, number):
        self.number = number

    def __enter__(self):
        log(self.number)
        if draw(12) == 0:
            raise OSError("enter")
        return self

    def __exit__(self, kind, error, trace):
        print(f"exit{self.number}:{kind and kind.__name__}", end=" ")
        if draw(12) == 0:
            raise LookupError("exit")
        return draw(3) == 0


class AsyncManager(Manager):
    """The same, for ``async with``."""

    async def __aenter__(self):
        await pause(self.number)
        return Manager.__enter__(self)

    async def __aexit__(self, *error):
        await pause(self.number)
        return Manager.__exit__(self, *error)


def inner(number):
    """Yield a few numbers; answer to one exception."""
    try:
        for item in items(number):
            log((yield item) or 0)
    except ValueError as error:
        log(number)
        yield len(str(error))
    finally:
        log(number)
    return number


class Iterator:
    """An iterator that is no generator, with ``throw`` and without ``close``."""

    def __init__(self, number):
        self.left = number % 3

    def __iter__(self):
        return self

    def __next__(self):
        if not self.left:
            raise StopIteration("left")
        self.left -= 1
        return log(self.left)

    def throw(self, *error):
        """Answer to what is thrown."""
        print("thrown", end=" ")
        raise StopIteration("thrown")


@types.coroutine
def pause(number):
    """Suspend whoever awaits this."""
    got = yield number
    return got if isinstance(got, int) else number


async def failing(number):
    """Suspend, and raise sometimes."""
    await pause(number)
    if flip():
        raise KeyError(number)
    return number


class Awaitable:
    """An object with ``__await__``."""

    def __init__(self, number):
        self.number = number

    def __await__(self):
        yield self.number
        return self.number


async def ticks(number):
    """Yield a few numbers, suspended between them."""
    try:
        for item in items(number):
            await pause(item)
            yield item
    finally:
        await pause(number)
        log(number)


# -- driving ------------------------------------------------------------------------------------------------------


def attempt(what, action):
    """Do something, print what came out: a result, or an exception, its lines, and how it came about."""
    print(f"\n{what}:", end=" ")
    try:
        result = action()
        print("->", result if isinstance(result, (int, str, type(None))) else type(result).__name__)
        return True
    except BaseException as error:
        print("->", told(error))
        return False


def told(error):
    """Describe an exception: the lines that it went through, its parts, cause and context."""
    lines, entry = [], error.__traceback__
    if sys.version_info < (3, 12) and error.args == ("thrown",):
        entry = None  # thrown into a frame that handles another, it may lose what it went through (docs/differences.md)
    while entry is not None:
        lines.append(f"{entry.tb_frame.f_code.co_name}:{entry.tb_lineno}")
        entry = entry.tb_next
    text = f"{error!r} [{' '.join(lines)}]"
    parts = getattr(error, "exceptions", ())
    if parts:
        text += f" of ({', '.join(map(told, parts))})"
    if error.__cause__ is not None:
        text += f" from {told(error.__cause__)}"
    elif error.__context__ is not None:
        text += f" {'not shown' if error.__suppress_context__ else 'while'} {told(error.__context__)}"
    return text


def turns(thing, name):
    """Resume a generator or coroutine in various ways until it is over."""
    for _ in range(25):
        turn = draw(8)
        if turn < 4:
            alive = attempt(f"{name} send None", lambda: thing.send(None))
        elif turn == 4:
            alive = attempt(f"{name} send 5", lambda: thing.send(5))
        elif turn == 5:
            alive = attempt(f"{name} throw ValueError", lambda: thing.throw(ValueError("thrown")))
        elif turn == 6:
            alive = attempt(f"{name} throw OSError", lambda: thing.throw(OSError("thrown")))
        else:
            alive = attempt(f"{name} close", thing.close)
        if not alive:
            break
    attempt(f"{name} after", lambda: thing.send(None))
    attempt(f"{name} close", thing.close)


def async_turns(agen, name):
    """Do various things with an async generator."""
    for _ in range(10):
        turn = draw(6)
        if turn < 3:
            step = agen.__anext__()
        elif turn == 3:
            step = agen.asend(7)
        elif turn == 4:
            step = agen.athrow(ValueError("thrown"))
        else:
            step = agen.aclose()
        turns(step, f"{name} {type(step).__name__}")


def run(module, seed):
    """Run all of a module's functions."""
    for kind, names in module.MAIN.items():
        for name in names:
            for again in range(2):
                begin(seed * 100 + again)
                function = getattr(module, name)
                if kind == "plain":
                    attempt(name, partial(function, again))
                elif kind == "asyncgen":
                    async_turns(function(again), name)
                else:
                    turns(function(again), name)
