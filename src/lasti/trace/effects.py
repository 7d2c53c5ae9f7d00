"""What an instruction does to the value stack and the locals, as far as a recording needs to know it.

Most of what happens in a frame can be told from the code: LOAD_FAST pushes what the local held, STORE_FAST moves the
top into a local.  An ``Effect`` says for one instruction what lies on top of the stack afterwards and where that came
from, so that only what no one could know ("v") is recorded.  What lies beneath stays; how much that is, the static
depth before the next instruction says.

Sources of values, all as they were before the instruction:

    v   recorded        N   NULL        l3  fast local 3        s2  second from the top        =...  a constant's text

Effects are stored in the trace, so that a reader needs to know nothing of the Python version that wrote it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..bytecode import fast_names
from ..versions import NEWEST, OLDEST, PY, PY311, PY313, PY314

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..bytecode import Bytecode, Instruction


class Effect(NamedTuple):
    """What one instruction leaves behind (unless it raises).

    ``pushes``: sources of the values on top afterwards, bottom first.  ``writes``: (fast local, source).  ``names``:
    (scope, name, source) where locals are kept by name; the scope is "name" or "global".  ``store``: what it does to an
    object when a "=" says that it is as simple as that: ("attribute", object, name, value), ("item", list, index,
    value) or ("last", list, value), all but the name being sources.
    """

    pushes: tuple[str, ...] = ()
    writes: tuple[tuple[int, str], ...] = ()
    names: tuple[tuple[str, str, str], ...] = ()
    store: tuple[str, ...] = ()


class Look(NamedTuple):
    """What a recorder looks at besides the values of the effect.

    ``again``: positions in the value stack after the instruction (-1 is the top), where objects lie that may look
    different now; ``grown``, and ``cells`` among the fast locals: where they do.  ``operands``: positions before the
    instruction of objects that it may change and that are gone from the stack afterwards.  ``makes``: what lies on top
    then was not there before. ``is_old``: what is recorded has lain where it was loaded from since it was stored there;
    ``is_loaded``: probably so. ``is_call``: code may run
    that nobody watches.
    """

    again: tuple[int, ...] = ()
    grown: tuple[int, ...] = ()
    cells: tuple[int, ...] = ()
    operands: tuple[int, ...] = ()
    makes: bool = False
    is_old: bool = False
    is_loaded: bool = False
    is_call: bool = False


NOTHING = Effect()
VALUE = Effect(("v",))
TWO_VALUES = Effect(("v", "v"))
PLAIN = Look()
OLD = Look(is_old=True)
LOADED = Look(is_loaded=True)

Entry = tuple[Effect, Look]


def effect_of(bytecode: Bytecode, instruction: Instruction, text: Callable[[object], str]) -> Entry:
    """Return the effect of an instruction that does not jump; ``text`` gives the text of a constant.

    KeyError for an instruction that is not known.
    """
    name, number = instruction.opname, instruction.oparg or 0
    if name in _CONSTANTS:
        return Effect(("=" + text(instruction.argval),)), PLAIN
    if name in _NAMES:
        scope, source = _NAMES[name]
        return Effect(names=((scope, instruction.argval, source),)), PLAIN
    if name == "STORE_ATTR":
        return Effect(store=("attribute", "s1", instruction.argval, "s2")), Look(operands=(-1,))
    if name in _CELLS:
        return _CELLS[name](number if PY311 else len(bytecode.code.co_varnames) + number)
    if name == "COPY_FREE_VARS":
        every = len(fast_names(bytecode.code))
        return Effect(writes=tuple((index, "v") for index in range(every - number, every))), PLAIN
    return _BY_NUMBER[name](number) if name in _BY_NUMBER else _ALWAYS[name]


def effect_of_jump(instruction: Instruction, effect: Effect) -> Effect:
    """Return the effect of an instruction that jumps, given that of the same instruction when it does not."""
    if instruction.opname == "FOR_ITER":  # exhausted
        return NOTHING
    return VALUE if instruction.opname == "SEND" else effect


def first_effect(bytecode: Bytecode) -> Effect:
    """Return what lies in a frame before its first instruction: on 3.10 a generator finds the None that starts it."""
    return VALUE if bytecode.instructions[0].opname == "GEN_START" else NOTHING


def is_known(opname: str) -> bool:
    """Tell whether the effect of an instruction is known."""
    return any(opname in table for table in (_CONSTANTS, _NAMES, _CELLS, _BY_NUMBER, _ALWAYS)) or (
        opname in ("COPY_FREE_VARS", "STORE_ATTR")
    )


# -- instructions whose effect is always the same -------------------------------------------------------------------

_ALWAYS: dict[str, Entry] = {}


def _always(entry: Entry, names: str, since: tuple[int, int] = OLDEST, until: tuple[int, int] = NEWEST) -> None:
    if since <= PY <= until:
        _ALWAYS.update(dict.fromkeys(names.split(), entry))


def _push(*sources: str) -> Entry:
    return Effect(sources), PLAIN


def _change(*operands: int) -> Entry:
    """Leave nothing, and change what lies at these positions."""
    return NOTHING, Look(operands=operands)


_always(
    (NOTHING, PLAIN),
    "NOP RESUME CACHE EXTENDED_ARG PRECALL KW_NAMES NOT_TAKEN POP_TOP POP_ITER END_FOR POP_BLOCK POP_EXCEPT GEN_START "
    "SETUP_ANNOTATIONS IMPORT_STAR PRINT_EXPR "
    "JUMP_FORWARD JUMP_BACKWARD JUMP_BACKWARD_NO_INTERRUPT JUMP_ABSOLUTE JUMP_IF_NOT_EXC_MATCH "
    "JUMP_IF_TRUE_OR_POP JUMP_IF_FALSE_OR_POP POP_JUMP_IF_TRUE POP_JUMP_IF_FALSE POP_JUMP_IF_NONE "
    "POP_JUMP_IF_NOT_NONE POP_JUMP_FORWARD_IF_TRUE POP_JUMP_FORWARD_IF_FALSE POP_JUMP_FORWARD_IF_NONE "
    "POP_JUMP_FORWARD_IF_NOT_NONE POP_JUMP_BACKWARD_IF_TRUE POP_JUMP_BACKWARD_IF_FALSE POP_JUMP_BACKWARD_IF_NONE "
    "POP_JUMP_BACKWARD_IF_NOT_NONE SETUP_FINALLY SETUP_ASYNC_WITH END_ASYNC_FOR RERAISE RAISE_VARARGS RETURN_VALUE "
    "RETURN_CONST INTERPRETER_EXIT EXIT_INIT_CHECK ENTER_EXECUTOR TRACE_RECORD RESERVED",
)
_always(
    _push("v"),
    "LOAD_CLASSDEREF LOAD_FROM_DICT_OR_DEREF LOAD_FROM_DICT_OR_GLOBALS LOAD_LOCALS "
    "LOAD_BUILD_CLASS LOAD_ASSERTION_ERROR LOAD_COMMON_CONSTANT IMPORT_NAME IMPORT_FROM "
    "UNARY_INVERT UNARY_NEGATIVE UNARY_NOT UNARY_POSITIVE TO_BOOL COMPARE_OP CONTAINS_OP IS_OP "
    "BINARY_OP BINARY_SLICE BINARY_ADD BINARY_AND BINARY_FLOOR_DIVIDE BINARY_LSHIFT "
    "BINARY_MATRIX_MULTIPLY BINARY_MODULO BINARY_MULTIPLY BINARY_OR BINARY_POWER BINARY_RSHIFT BINARY_SUBTRACT "
    "BINARY_TRUE_DIVIDE BINARY_XOR INPLACE_ADD INPLACE_AND INPLACE_FLOOR_DIVIDE INPLACE_LSHIFT "
    "INPLACE_MATRIX_MULTIPLY INPLACE_MODULO INPLACE_MULTIPLY INPLACE_OR INPLACE_POWER INPLACE_RSHIFT "
    "INPLACE_SUBTRACT INPLACE_TRUE_DIVIDE INPLACE_XOR "
    "BUILD_STRING FORMAT_VALUE FORMAT_SIMPLE FORMAT_WITH_SPEC CONVERT_VALUE BUILD_INTERPOLATION BUILD_TEMPLATE "
    "CALL_INTRINSIC_1 CALL_INTRINSIC_2 LIST_TO_TUPLE SET_FUNCTION_ATTRIBUTE "
    "GET_ITER FOR_ITER GET_YIELD_FROM_ITER GET_AWAITABLE GET_AITER GET_ANEXT GET_LEN "
    "SEND YIELD_VALUE YIELD_FROM RETURN_GENERATOR ASYNC_GEN_WRAP "
    "MATCH_MAPPING MATCH_SEQUENCE MATCH_KEYS MATCH_CLASS COPY_DICT_WITHOUT_KEYS "
    "CHECK_EXC_MATCH PREP_RERAISE_STAR WITH_EXCEPT_START",
)
_always((VALUE, OLD), "LOAD_NAME LOAD_DEREF")
_always((VALUE, LOADED), "BINARY_SUBSCR")
_always(_push("v", "v"), "LOAD_METHOD BEFORE_WITH BEFORE_ASYNC_WITH SETUP_WITH CHECK_EG_MATCH LOAD_SPECIAL")
_always(_push("v", "v"), "MATCH_KEYS MATCH_CLASS", until=(3, 10))  # ... and whether they matched
_always(_push("v", "v"), "GET_ITER FOR_ITER SEND", since=(3, 15))  # an index, or NULL, lies above the iterator
_always(_push("v", "s1"), "PUSH_EXC_INFO")
_always(_push("s1"), "END_SEND")
_always(_push("=null", "v"), "CLEANUP_THROW", until=(3, 14))
_always(_push("=null", "N", "v"), "CLEANUP_THROW", since=(3, 15))
_always(_push("N"), "PUSH_NULL")
_always(_push("s1", "s2"), "ROT_TWO")
_always(_push("s1", "s3", "s2"), "ROT_THREE")
_always(_push("s1", "s4", "s3", "s2"), "ROT_FOUR")
_always(_push("s1"), "DUP_TOP")
_always(_push("s2", "s1"), "DUP_TOP_TWO")
_always(
    (VALUE, Look(makes=True)),
    "BUILD_LIST BUILD_SET BUILD_MAP BUILD_CONST_KEY_MAP BUILD_TUPLE BUILD_SLICE MAKE_FUNCTION",
)
_always(_change(-1), "DELETE_ATTR")  # the object lies on top
_always(_change(-2), "DELETE_SUBSCR")  # beneath the key
_always((Effect(store=("item", "s2", "s1", "s3")), Look(operands=(-2,))), "STORE_SUBSCR")
_always(_change(-3), "STORE_SLICE")

# -- instructions whose effect depends on their number --------------------------------------------------------------


def _call(operands: int) -> Entry:
    """A call may change its function (a method's object) and each argument."""
    effect = Effect(("v",), store=("last", "s2", "s1"))  # of list.append
    return effect, Look(operands=tuple(range(-operands, 0)), is_call=True)


def _load_fast(*indices: int) -> Entry:
    return Effect(tuple(f"l{index}" for index in indices)), Look(again=tuple(range(-len(indices), 0)))


def _store_fast(*indices: int) -> Entry:
    return Effect(writes=tuple((index, f"s{depth}") for depth, index in enumerate(indices, 1))), PLAIN


def _store_fast_load_fast(pair: int) -> Entry:
    stored, loaded = pair >> 4, pair & 15
    source = "s1" if stored == loaded else f"l{loaded}"
    return Effect((source,), ((stored, "s1"),)), Look(again=(-1,))


def _grow(depth: int) -> Entry:
    """Add to a container that lies ``depth`` values down, once the operands are gone."""
    return NOTHING, Look(grown=(-depth,))


def _list_append(depth: int) -> Entry:
    return Effect(store=("last", f"s{depth + 1}", "s1")), Look(operands=(-depth - 1,))


def _swap(depth: int) -> Entry:
    return _push("s1", *(f"s{between}" for between in range(depth - 1, 1, -1)), f"s{depth}")


def _load_global(number: int) -> Entry:
    if not (PY311 and number & 1):
        return VALUE, OLD
    return Effect(("v", "N") if PY313 else ("N", "v")), OLD


def _load_attr(number: int) -> Entry:
    """Push an attribute; from 3.12 an odd number asks for a method and its object (or NULL)."""
    return _push("v", "v") if PY >= (3, 12) and number & 1 else (VALUE, LOADED)


def _call_function_ex(flags: int) -> Entry:
    if PY314:
        return _call(4)  # NULL where there are no keywords
    return _call((3 if PY311 else 2) + (flags & 1))


_BY_NUMBER: dict[str, Callable[[int], Entry]] = {
    "LOAD_FAST": _load_fast,
    "LOAD_FAST_CHECK": _load_fast,
    "LOAD_FAST_BORROW": _load_fast,
    "LOAD_FAST_LOAD_FAST": lambda pair: _load_fast(pair >> 4, pair & 15),
    "LOAD_FAST_BORROW_LOAD_FAST_BORROW": lambda pair: _load_fast(pair >> 4, pair & 15),
    "LOAD_FAST_AND_CLEAR": lambda index: (Effect((f"l{index}",), ((index, "N"),)), Look(again=(-1,))),
    "STORE_FAST": _store_fast,
    "STORE_FAST_MAYBE_NULL": _store_fast,
    "STORE_FAST_STORE_FAST": lambda pair: _store_fast(pair >> 4, pair & 15),
    "STORE_FAST_LOAD_FAST": _store_fast_load_fast,
    "DELETE_FAST": lambda index: (Effect(writes=((index, "N"),)), PLAIN),
    "COPY": lambda depth: _push(f"s{depth}"),
    "SWAP": _swap,
    "ROT_N": lambda depth: _push("s1", *(f"s{place}" for place in range(depth, 1, -1))),
    "LOAD_GLOBAL": _load_global,
    "LOAD_ATTR": _load_attr,
    "LOAD_SUPER_ATTR": _load_attr,
    "UNPACK_SEQUENCE": lambda count: _push(*["v"] * count),
    "UNPACK_EX": lambda counts: _push(*["v"] * ((counts & 255) + 1 + (counts >> 8))),
    "LIST_APPEND": _list_append,
    "SET_ADD": _grow,
    "MAP_ADD": _grow,
    "LIST_EXTEND": _grow,
    "SET_UPDATE": _grow,
    "DICT_UPDATE": _grow,
    "DICT_MERGE": _grow,
    "CALL": lambda count: _call(count + 2),  # with the function and self, or NULL
    "CALL_KW": lambda count: _call(count + 3),
    "CALL_METHOD": lambda count: _call(count + 2),
    "CALL_FUNCTION": lambda count: _call(count + 1),
    "CALL_FUNCTION_KW": lambda count: _call(count + 2),
    "CALL_FUNCTION_EX": _call_function_ex,
}

# -- instructions that need to know more ----------------------------------------------------------------------------

_CONSTANTS = frozenset({"LOAD_CONST", "LOAD_SMALL_INT"})


def _write_cell(index: int) -> Entry:
    """The slot keeps its cell, in which something else lies now."""
    return Effect(writes=((index, f"l{index}"),)), Look(cells=(index,))


_CELLS: dict[str, Callable[[int], Entry]] = {
    "LOAD_CLOSURE": _load_fast,
    "MAKE_CELL": lambda index: (Effect(writes=((index, "v"),)), PLAIN),
    "STORE_DEREF": _write_cell,
    "DELETE_DEREF": _write_cell,
}
_NAMES = {
    "STORE_NAME": ("name", "s1"),
    "DELETE_NAME": ("name", "N"),
    "STORE_GLOBAL": ("global", "s1"),
    "DELETE_GLOBAL": ("global", "N"),
}
