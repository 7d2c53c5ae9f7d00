"""How to look into an object without running any code of the program's: a ``Plan`` for each type.

A plan reads an object through C functions alone: the items of a list through ``list``'s own methods, whatever its class
overrides, an instance dictionary through the getset descriptor that CPython gave to the class, ``__slots__`` through
their member descriptors.  Nothing here calls ``repr``, ``len``, ``==`` or ``hash`` on an object of the program's, nor
looks an attribute up on it; not on its class either, whose metaclass may have a ``__getattribute__`` or ``__hash__`` of
its own (so types are told apart by their address).

Source: CPython Objects/typeobject.c, Objects/descrobject.c.
"""

from __future__ import annotations

import types
import weakref
from collections import deque
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Read = Callable[[Any], tuple[int, list[Any]]]  # -> how many there are, and those that are shown

MOST_ITEMS = 32  # of one container that are shown
HEAD, TAIL = 24, 8  # of a longer list: its first and its last items

HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: made by a class statement, or by C code in the same way

mro_of = type.__dict__["__mro__"].__get__
namespace_of = type.__dict__["__dict__"].__get__
qualname_of = type.__dict__["__qualname__"].__get__
_flags_of = type.__dict__["__flags__"].__get__
_SLOT, _COMPUTED = types.MemberDescriptorType, types.GetSetDescriptorType  # descriptors
_owner_of = {kind: kind.__dict__["__objclass__"].__get__ for kind in (_SLOT, _COMPUTED)}
_globals_of = types.FunctionType.__dict__["__globals__"].__get__


class Part(NamedTuple):
    """One aspect of an object: its items, its attributes...

    ``read`` gives the total length and the objects that are shown; of "pairs" and "attributes" each key with its value
    behind it.  Where attributes lie in ``slots`` (their names) or an instance dictionary, C code may read them itself.
    """

    key: str
    read: Read
    slots: tuple[str, ...] = ()
    has_dict: bool = False


class Plan:
    """How objects of one type are looked at.

    ``kind`` is a word for the views ("list", "instance", "function"...), ``name`` the type's qualified name.  When an
    object that ``is_immutable`` looks different from what was seen at its address, it is another object.  ``stamp`` is
    a weak reference to the type, so that another one at its address is told from it (None: the type is built in, and
    stays).  ``stable`` is the type, if its objects never look different.  Nothing in a plan keeps a type alive.
    """

    __slots__ = ("is_immutable", "is_resumable", "kind", "name", "parts", "read", "stable", "stamp")

    def __init__(self, kind: str, name: str, parts: tuple[Part, ...], is_immutable: bool, stamp: Any) -> None:
        self.kind = kind
        self.name = name
        self.parts = parts
        self.is_immutable = is_immutable
        self.stable: type | None = None
        self.is_resumable = bool(parts) and parts[0].key == "activation"
        self.stamp = stamp
        self.read = parts[0].read if len(parts) == 1 else self._read_all

    def _read_all(self, value: Any) -> tuple[tuple[tuple[int, int], ...], list[Any]]:
        """Read each part; return (length, how many are shown) of each, and all that is shown."""
        shape: list[tuple[int, int]] = []
        shown: list[Any] = []
        for part in self.parts:
            length, some = part.read(value)
            shape.append((length, len(some)))
            shown += some
        return tuple(shape), shown

    def split(self, shape: Any, texts: list[str]) -> Iterator[tuple[str, int, list[str]]]:
        """Yield (key, length, texts) of each part, ``texts`` being those of what ``read`` showed."""
        if len(self.parts) == 1:
            yield self.parts[0].key, shape, texts
            return
        begin = 0
        for part, (length, shown) in zip(self.parts, shape):
            yield part.key, length, texts[begin : begin + shown]
            begin += shown


def plan_of(kind: type) -> Plan:
    """Make the plan for objects of the type ``kind``."""
    if id(kind) in _EXACT:
        word, read = _EXACT[id(kind)]
        parts = _BASES[id(kind)][1]
        return Plan(word, kind.__name__, (Part(parts[0].key, read),), word in _IMMUTABLE, None)
    mro = mro_of(kind)
    word, parts = next((_BASES[id(base)] for base in mro if id(base) in _BASES), ("", ()))
    is_immutable = word in _IMMUTABLE
    machine_frame = _machine_frame(mro)
    if machine_frame is not None:
        word, parts, is_immutable = _word_of_resumable(kind), (Part("activation", machine_frame),), True
    elif not word and _is_own(kind):
        is_immutable = True  # the machine's frames and the like: to the program they are the host's, without attributes
    elif word not in _WITHOUT_ATTRIBUTES:
        attributes = _attributes(mro)
        parts += attributes
        is_immutable = is_immutable and not attributes
    stamp = weakref.ref(kind) if _flags_of(kind) & HEAP_TYPE else None
    plan = Plan(word or ("instance" if parts else "object"), plain(qualname_of(kind)), parts, is_immutable, stamp)
    if stamp is None and word in _STABLE:
        plan.stable = kind
    return plan


def _is_own(kind: type) -> bool:
    """Tell whether a class is the machine's: whatever its name, its functions know where they are from."""
    return any(is_own_function(each) for each in namespace_of(kind).values() if type(each) is types.FunctionType)


def is_own_function(function: types.FunctionType) -> bool:
    """Tell whether a function is lasti's own: to the program it is a built-in one."""
    name = dict.get(_globals_of(function), "__name__")
    return type(name) is str and name.startswith("lasti.")


def is_class(kind: type) -> bool:
    """Tell whether objects of the type ``kind`` are classes."""
    return kind is type or any(base is type for base in mro_of(kind))


def _word_of_resumable(kind: type) -> str:
    """Return "coroutine" for the class of the machine's coroutines, and so on."""
    name = plain(qualname_of(kind))
    return name if name in {resumable.__name__ for resumable in _RESUMABLE} else "generator"


def plain(text: Any) -> str:
    """Return a str, or an instance of a subclass, as a str; "?" for anything else."""
    return text if type(text) is str else str.__str__(text) if id(str) in map(id, mro_of(type(text))) else "?"


# -- the built-in types: read through their own methods, which a subclass cannot change ------------------------------


def _exact_list(value: list[Any]) -> tuple[int, list[Any]]:
    """Read a list (or a tuple) that is of no subclass."""
    length = len(value)
    return length, [*value] if length <= MOST_ITEMS else [*value[:HEAD], *value[-TAIL:]]


def _exact_dict(value: dict[Any, Any]) -> tuple[int, list[Any]]:
    return len(value), [*chain.from_iterable(islice(value.items(), MOST_ITEMS))]


def _items_of(base: type[list[Any]] | type[tuple[Any, ...]]) -> Read:
    length_of, items = base.__len__, base.__getitem__

    def read(value: Any) -> tuple[int, list[Any]]:
        length = length_of(value)
        if length <= MOST_ITEMS:
            return length, list(items(value, slice(None)))
        return length, [*items(value, slice(HEAD)), *items(value, slice(-TAIL, None))]

    return read


def _first_of(base: Any) -> Read:
    length_of, iterate = base.__len__, base.__iter__
    return lambda value: (length_of(value), list(islice(iterate(value), MOST_ITEMS)))


def _pairs(value: dict[Any, Any]) -> tuple[int, list[Any]]:
    """Read a dict."""
    return dict.__len__(value), [*chain.from_iterable(islice(dict.items(value), MOST_ITEMS))]


def _one(get: Callable[[Any], Any]) -> Read:
    """Read one thing, such as a name."""
    return lambda value: (1, [get(value)])


def _getter(owner: type, name: str) -> Callable[[Any], Any]:
    """Return the C function behind an attribute of a built-in type."""
    return owner.__dict__[name].__get__  # type: ignore[no-any-return]


_name_of_function = _getter(types.FunctionType, "__qualname__")
_function_of_method = _getter(types.MethodType, "__func__")
_owner_of_builtin = _getter(types.BuiltinFunctionType, "__self__")
_namespace_of_module = _getter(types.ModuleType, "__dict__")
_args_of = _getter(BaseException, "args")


def _own(value: Any) -> tuple[int, list[Any]]:
    return (1, [True]) if type(value) is types.FunctionType and is_own_function(value) else (0, [])


def _name_of_method(value: Any) -> Any:
    function = _function_of_method(value)
    return _name_of_function(function) if type(function) is types.FunctionType else None


def _name_of_module(value: Any) -> Any:
    namespace = _namespace_of_module(value)
    return None if namespace is None else dict.get(namespace, "__name__")


def _self_of_builtin(value: Any) -> tuple[int, list[Any]]:
    """Read what a built-in method is bound to; functions of a module have no part in this."""
    owner = _owner_of_builtin(value)
    return (0, []) if owner is None or type(owner) is types.ModuleType else (1, [owner])


def _contents(value: types.CellType) -> tuple[int, list[Any]]:
    """Read a cell, which may be empty."""
    try:
        return 1, [value.cell_contents]
    except ValueError:
        return 0, []


def _args(value: BaseException) -> tuple[int, list[Any]]:
    """Read the ``args`` of an exception, which are a tuple whatever was set."""
    args = _args_of(value)
    return len(args), list(args[:MOST_ITEMS])


def _entries() -> Iterator[tuple[type, str, list[Part]]]:
    """Yield (type, word, parts)."""
    yield list, "list", [Part("items", _items_of(list))]
    yield tuple, "tuple", [Part("items", _items_of(tuple))]
    yield deque, "deque", [Part("items", _first_of(deque))]
    yield set, "set", [Part("elements", _first_of(set))]
    yield frozenset, "frozenset", [Part("elements", _first_of(frozenset))]
    yield dict, "dict", [Part("pairs", _pairs)]
    yield BaseException, "exception", [Part("args", _args)]
    yield types.CellType, "cell", [Part("contents", _contents)]
    # Instances of subclasses of the scalars: the value beneath.
    yield int, "int", [Part("value", _one(int.__int__))]
    yield float, "float", [Part("value", _one(float.__float__))]
    yield complex, "complex", [Part("value", _one(complex.__pos__))]
    yield str, "str", [Part("value", _one(str.__str__))]
    yield bytes, "bytes", [Part("value", _one(lambda value: bytes.__getitem__(value, slice(None))))]

    yield type, "class", [Part("name", _one(qualname_of))]
    yield types.FunctionType, "function", [Part("name", _one(_name_of_function)), Part("builtin", _own)]
    yield (
        types.MethodType,
        "method",
        [
            Part("name", _one(_name_of_method)),
            Part("self", _one(_getter(types.MethodType, "__self__"))),
            Part("builtin", lambda value: _own(_function_of_method(value))),
        ],
    )
    yield (
        types.BuiltinFunctionType,
        "builtin",
        [
            Part("name", _one(_getter(types.BuiltinFunctionType, "__name__"))),
            Part("self", _self_of_builtin),
        ],
    )
    for kind in _DESCRIPTORS:
        yield kind, "builtin", [Part("name", _one(_getter(kind, "__name__")))]
    yield types.ModuleType, "module", [Part("name", _one(_name_of_module))]
    yield types.CodeType, "code", [Part("name", _one(_getter(types.CodeType, "co_name")))]
    for resumable in _RESUMABLE:
        yield resumable, resumable.__name__, [Part("name", _one(_getter(resumable, "__qualname__")))]


_DESCRIPTORS = (
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.ClassMethodDescriptorType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
)
_RESUMABLE = (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType)

_BASES = {id(kind): (word, tuple(parts)) for kind, word, parts in _entries()}
_EXACT: dict[int, tuple[str, Read]] = {
    id(list): ("list", _exact_list),
    id(tuple): ("tuple", _exact_list),
    id(dict): ("dict", _exact_dict),
}
_IMMUTABLE = {"tuple", "frozenset", "int", "float", "complex", "str", "bytes", "method", "builtin"}
_STABLE = {"function", "class", "module", "code"}
_WITHOUT_ATTRIBUTES = {"class", "function", "method", "builtin", "module", "code", *(t.__name__ for t in _RESUMABLE)}

OF_C = {"__vectorcalloffset__", "__weaklistoffset__", "__dictoffset__", "__weakrefoffset__"}  # offsets, addresses

# -- instances --------------------------------------------------------------------------------------------------


def _attributes(mro: Iterable[type]) -> tuple[Part, ...]:
    """Return how to read the attributes: the instance dictionary and the ``__slots__``, as far as there are any."""
    has_dict = False
    slots: dict[str, None] = {}
    for base in mro:
        for name, found in namespace_of(base).items():
            if type(name) is not str:
                continue
            if name == "__dict__":
                has_dict = has_dict or _reads(found, mro)
            elif type(found) is _SLOT and _flags_of(base) & HEAP_TYPE and name not in OF_C and _reads(found, mro):
                slots[name] = None
    if slots:
        return (Part("attributes", _slotted(tuple(slots), has_dict), tuple(slots), has_dict),)
    return (Part("attributes", _instance_dict, (), has_dict),) if has_dict else ()


def _reads(found: Any, mro: Iterable[type]) -> bool:
    """Tell whether it is a descriptor for objects of the type with this MRO: not one taken from another class."""
    kind = type(found)  # whose metaclass may have a __eq__ of the program's
    if kind is not _SLOT and kind is not _COMPUTED:
        return False
    owner = _owner_of[kind](found)
    return any(base is owner for base in mro)


def _descriptor(kind: type, name: str) -> Any:
    """Find what reads an attribute of objects of the type ``kind``; None when it was taken away."""
    mro = mro_of(kind)
    return next((found for base in mro if _reads(found := namespace_of(base).get(name), mro)), None)


def _instance_dict(value: Any) -> tuple[int, list[Any]]:
    """Read an instance dictionary."""
    try:
        attributes = _descriptor(type(value), "__dict__").__get__(value)
        return _exact_dict(attributes) if type(attributes) is dict else _pairs(attributes)
    except (AttributeError, TypeError):  # C code may have its own idea of it
        return 0, []


def _slotted(slots: tuple[str, ...], has_dict: bool) -> Read:
    def read(value: Any) -> tuple[int, list[Any]]:
        shown: list[Any] = []
        for name in slots:
            try:
                shown += name, _descriptor(type(value), name).__get__(value)
            except AttributeError:  # not set
                continue
        length = len(shown) // 2
        if has_dict:
            more, attributes = _instance_dict(value)
            length += more
            shown += attributes
        return length, shown[: 2 * MOST_ITEMS]

    return read


def _machine_frame(mro: Iterable[type]) -> Read | None:
    """Return how to read which activation a generator of the machine's has; None for every other type.

    Such a generator keeps its frame in a slot, and the frame its activation's number.
    """
    for base in mro:
        namespace = namespace_of(base)
        if type(namespace.get("_frame")) is types.MemberDescriptorType and "_running" in namespace:
            return _activation_of(namespace["_frame"].__get__)
    return None


def _activation_of(get_frame: Callable[[Any], Any]) -> Read:
    def read(value: Any) -> tuple[int, list[Any]]:
        frame = get_frame(value)
        number = namespace_of(type(frame)).get("activation")
        if type(number) is not types.MemberDescriptorType:
            return 0, []  # it has let go of its frame
        activation = number.__get__(frame)
        return (1, [activation]) if type(activation) is int and activation else (0, [])

    return read
