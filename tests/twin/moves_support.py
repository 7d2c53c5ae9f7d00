"""What the programs of ``moves.py`` use; it is copied beside them and runs on the machine as they do."""

import contextlib


def exchange(x, y):
    """Return two values the other way round."""
    return y, x


class One(int):
    """A number that contains numbers."""

    def __contains__(self, item):
        return item == self


def one(value):
    """Return a number for the right side of any comparison."""
    return One(value)


class Box:
    """Something with attributes, one of them in a slot."""

    __slots__ = ("__dict__", "q")

    def __init__(self, p, q):
        self.p, self.q = p, q


@contextlib.contextmanager
def manager(x, y):
    """Give two values the other way round."""
    yield y, x


def run(module):
    """Call all of a module's functions, and resume what they return."""
    for name in module.MAIN:
        for arguments in ((1, 2, 3, 4), (0, 5, -1, 5)):
            print(name, arguments, end=" ")
            try:
                result = getattr(module, name)(*arguments)
                print(drive(result) if hasattr(result, "send") else result)
            except (ArithmeticError, NameError, TypeError, ValueError) as error:
                print(f"{type(error).__name__}: {error}")


def drive(generator):
    """Resume a generator until it is over; return what came out."""
    out, sent = [], None
    try:
        for _ in range(200):
            out.append(generator.send(sent))
            sent = len(out) % 4 or None
    except StopIteration as stop:
        return [*out, stop.value]
    except (ArithmeticError, NameError, TypeError, ValueError) as error:
        return [*out, f"{type(error).__name__}: {error}"]
    return out
