"""What the programs of ``generated.py`` use; it is copied beside them and runs on the machine as they do."""

import inspect

TICKS = 60


class State:
    """How often the statement under way has ticked, and has been answered."""

    ticks = answers = 0


class Enough(BaseException):
    """The statement went on for too long."""


def tick():
    """Count; raise Enough when that was too often."""
    State.ticks += 1
    if State.ticks > TICKS:
        raise Enough


def answer():
    """Say yes or no: no more often."""
    tick()
    State.answers += 1
    return State.answers % 3 == 0


def say(*what):
    """Print what happens, on one line."""
    print(*what, end=" ")


def operation(name):
    """Make a special method that says its name and what it gets, and returns an Anything."""

    def method(self, *args, **kwargs):
        say(name, *map(describe, args), *sorted(kwargs))
        tick()
        return Anything(self.depth + 1)

    method.__name__ = name
    return method


class Anything:
    """An object with which everything can be done."""

    __match_args__ = ("first", "second")

    def __init__(self, depth=0):
        object.__setattr__(self, "depth", depth)  # a picture of `self` follows: behind its back none would

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        say("." + name)
        return Anything(self.depth + 1)

    def __setattr__(self, name, value):
        say(f".{name} =", describe(value))

    def __delattr__(self, name):
        say("del ." + name)

    def __call__(self, *args, **kwargs):
        say("call", *map(describe, args), *kwargs)
        tick()
        return args[0] if args and callable(args[0]) else Anything(self.depth + 1)

    def __repr__(self):
        return f"any{self.depth}"

    def __format__(self, spec):
        return f"any:{spec}"

    def __hash__(self):
        return 7

    def __eq__(self, other):
        say("==", describe(other))
        return answer()

    def __lt__(self, other):
        say("<", describe(other))
        return answer()

    __gt__ = __le__ = __ge__ = __lt__

    def __bool__(self):
        say("bool")
        return answer()

    def __len__(self):
        return 2

    def __index__(self):
        return 1

    def __iter__(self):
        say("iter")
        tick()
        yield Anything(self.depth + 1)
        yield 5

    def keys(self):
        """Make it a mapping."""
        return ["first", "second"]

    async def __aiter__(self):
        say("aiter")
        tick()
        yield Anything(self.depth + 1)
        yield await self

    def __await__(self):
        say("await")
        tick()
        return (yield self.depth)

    def __enter__(self):
        say("enter")
        return self

    def __exit__(self, kind, error, trace):
        say("exit", kind and kind.__name__)
        return answer()

    async def __aenter__(self):
        say("aenter")
        return await self

    async def __aexit__(self, kind, error, trace):
        say("aexit", kind and kind.__name__)
        await self
        return answer()

    def __contains__(self, item):
        say("contains", describe(item))
        return answer()

    def __mro_entries__(self, bases):
        return ()


BINARY = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "lshift", "rshift", "and", "or", "xor")
OTHERS = ("getitem", "setitem", "delitem", "iadd", "isub", "imul", "iand", "ior", "neg", "pos", "invert")
for name in (*BINARY, *(f"r{name}" for name in BINARY), *OTHERS):
    setattr(Anything, f"__{name}__", operation(name))


class Error(Exception):
    """An exception."""


def as_error(value):
    """Return an exception for whatever is raised."""
    return value if isinstance(value, BaseException) else Error(describe(value))


def function(*args, **kwargs):
    """A function that can be a decorator."""
    say("function", *map(describe, args))
    tick()
    return args[0] if args else kwargs


def describe(value):
    """Say what a value is, without addresses and without the order of a set."""
    if isinstance(value, (int, float, complex, str, bytes, type(None), type(...))):
        return repr(value)
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__}({', '.join(map(describe, value))})"
    if isinstance(value, (set, frozenset, dict)):
        return f"{type(value).__name__} of {len(value)}"
    if isinstance(value, Anything):
        return repr(value)
    return f"{type(value).__name__} {getattr(value, '__qualname__', '')}"


def begin(namespace, index):
    """Give the names their values."""
    say(f"\n{index}:")
    State.ticks = State.answers = 0
    namespace.update(
        name_0=Anything(), name_1=Anything(10), name_2=Anything(20), name_3=function, name_4=Anything(40),
        name_5=[Anything(50), 2] if index % 4 == 3 else Anything(50),
    )  # fmt: skip


def show(namespace):
    """Tell what the names are worth now, and use what is new."""
    values = [namespace.get(f"name_{number}") for number in range(6)]
    say("|", *map(describe, values))
    for value in values:
        if getattr(value, "__module__", "") == namespace["__name__"]:
            use(value)


def use(value):
    """Call a function or class with something for each parameter, and resume what it returns a few times."""
    say("\n   use", describe(value))
    try:
        signature = inspect.signature(value)
        kinds = [parameter.kind for parameter in signature.parameters.values()]
        positional = [Anything(50) for kind in kinds if kind in (0, 1)]
        keywords = {name: 1 for name, each in signature.parameters.items() if each.kind == 3}
        result = value(*positional, **keywords)
        say("->", describe(result))
        if hasattr(result, "__anext__"):
            result = consume(result)
        for _ in range(4):
            if not hasattr(result, "send"):
                break
            say("sent", describe(result.send(None)))
        if hasattr(result, "close"):
            result.close()
    except BaseException as error:
        tell("", error)


async def consume(agen):
    """Take two values out of an async generator."""
    say("got", describe(await agen.__anext__()))
    say("got", describe(await agen.asend(1)))
    await agen.aclose()


def tell(index, error):
    """Tell how a statement failed."""
    lines, entry = [], error.__traceback__
    while entry is not None:
        lines.append(f"{entry.tb_frame.f_code.co_name}:{entry.tb_lineno}")
        entry = entry.tb_next
    say("!", type(error).__name__, error, *lines)
    if error.__context__ is not None:
        tell("while", error.__context__)
