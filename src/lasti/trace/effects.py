"""What each instruction may touch: which slots of its frame it writes, and which objects it may change.

A recorder need not look at a whole frame after each instruction: what lies beneath the operands of an instruction is as
it was, and of the fast locals only those that it names can be others.  ``touch_of`` says so for one instruction, keyed
by opcode name; what a table says wrongly here would be missing in a trace, so the tests compare a frame read in full
with what is recorded, for every opcode.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from ..bytecode import fast_names
from ..versions import NEWEST, OLDEST, PY, PY311, PY314

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..bytecode import Bytecode, Instruction


class Touch(NamedTuple):
    """What one instruction may touch.

    ``pushes``: how many values on top were not there before (unless it raises or jumps).  ``writes``: the fast locals
    that it binds, unbinds, or writes through a cell.  ``grown``: how far down afterwards the container lies that it
    adds to (1: on top), 0 for none.  ``operands``: (from, to), distances from the top before it, of objects that it may
    change and takes off the stack: (2, 1) is the second from the top.  ``is_quiet``: it changes no object and runs no
    code (but that of objects which die).  ``is_call``: any code may run, and change what the locals hold.  ``makes``:
    the value on top was made by it.
    """

    pushes: int = 0
    writes: tuple[int, ...] = ()
    grown: int = 0
    operands: tuple[int, int] = (0, 0)
    is_quiet: bool = False
    is_call: bool = False
    makes: bool = False


def touch_of(bytecode: Bytecode, instruction: Instruction) -> Touch:
    """Return what an instruction may touch; KeyError for one that is not known."""
    name, number = instruction.opname, instruction.oparg or 0
    if name in _CELLS:
        # 3.10 numbers cells from 0, later versions as fast locals.
        index = number if PY311 else len(bytecode.code.co_varnames) + number
        return Touch(_CELLS[name], () if name == "LOAD_CLOSURE" else (index,), is_quiet=True)
    if name == "COPY_FREE_VARS":
        every = len(fast_names(bytecode.code))
        return Touch(0, tuple(range(every - number, every)), is_quiet=True)
    return _ALWAYS[name] if name in _ALWAYS else _touch(name, number)


@lru_cache(maxsize=4096)
def _touch(name: str, number: int) -> Touch:
    return _BY_NUMBER[name](number)


def is_known(opname: str) -> bool:
    """Tell whether it is known what an instruction may touch."""
    return opname in _ALWAYS or opname in _BY_NUMBER or opname in _CELLS or opname == "COPY_FREE_VARS"


_CELLS = {"MAKE_CELL": 0, "STORE_DEREF": 0, "DELETE_DEREF": 0, "LOAD_CLOSURE": 1}

# -- instructions that touch the same whatever their number ----------------------------------------------------------

_ALWAYS: dict[str, Touch] = {}


def _always(touch: Touch, names: str, since: tuple[int, int] = OLDEST, until: tuple[int, int] = NEWEST) -> None:
    if since <= PY <= until:
        _ALWAYS.update(dict.fromkeys(names.split(), touch))


def _quiet(pushes: int) -> Touch:
    return Touch(pushes, is_quiet=True)


_always(
    _quiet(0),
    "NOP RESUME CACHE EXTENDED_ARG PRECALL KW_NAMES NOT_TAKEN POP_TOP POP_ITER END_FOR POP_BLOCK POP_EXCEPT GEN_START "
    "JUMP_FORWARD JUMP_BACKWARD JUMP_BACKWARD_NO_INTERRUPT JUMP_ABSOLUTE "
    "POP_JUMP_IF_NONE POP_JUMP_IF_NOT_NONE POP_JUMP_FORWARD_IF_NONE POP_JUMP_FORWARD_IF_NOT_NONE "
    "POP_JUMP_BACKWARD_IF_NONE POP_JUMP_BACKWARD_IF_NOT_NONE SETUP_FINALLY SETUP_ASYNC_WITH "
    "RETURN_VALUE RETURN_CONST INTERPRETER_EXIT EXIT_INIT_CHECK ENTER_EXECUTOR TRACE_RECORD RESERVED",
)
_always(
    Touch(),
    "SETUP_ANNOTATIONS STORE_NAME DELETE_NAME STORE_GLOBAL DELETE_GLOBAL "
    "JUMP_IF_NOT_EXC_MATCH JUMP_IF_TRUE_OR_POP JUMP_IF_FALSE_OR_POP "
    "POP_JUMP_IF_TRUE POP_JUMP_IF_FALSE POP_JUMP_FORWARD_IF_TRUE POP_JUMP_FORWARD_IF_FALSE "
    "POP_JUMP_BACKWARD_IF_TRUE POP_JUMP_BACKWARD_IF_FALSE END_ASYNC_FOR RERAISE RAISE_VARARGS",
)
_always(Touch(is_call=True), "IMPORT_STAR PRINT_EXPR")
_always(
    _quiet(1),
    "LOAD_CONST LOAD_SMALL_INT LOAD_NAME LOAD_DEREF LOAD_CLASSDEREF LOAD_FROM_DICT_OR_DEREF LOAD_FROM_DICT_OR_GLOBALS "
    "LOAD_LOCALS LOAD_BUILD_CLASS LOAD_ASSERTION_ERROR LOAD_COMMON_CONSTANT IS_OP UNARY_NOT PUSH_NULL DUP_TOP "
    "RETURN_GENERATOR END_SEND LOAD_FAST LOAD_FAST_CHECK LOAD_FAST_BORROW ASYNC_GEN_WRAP BUILD_STRING "
    "SET_FUNCTION_ATTRIBUTE GET_LEN",
)
_always(
    Touch(1),
    "UNARY_INVERT UNARY_NEGATIVE UNARY_POSITIVE TO_BOOL COMPARE_OP CONTAINS_OP "
    "BINARY_OP BINARY_SLICE BINARY_SUBSCR BINARY_ADD BINARY_AND BINARY_FLOOR_DIVIDE BINARY_LSHIFT "
    "BINARY_MATRIX_MULTIPLY BINARY_MODULO BINARY_MULTIPLY BINARY_OR BINARY_POWER BINARY_RSHIFT BINARY_SUBTRACT "
    "BINARY_TRUE_DIVIDE BINARY_XOR INPLACE_ADD INPLACE_AND INPLACE_FLOOR_DIVIDE INPLACE_LSHIFT "
    "INPLACE_MATRIX_MULTIPLY INPLACE_MODULO INPLACE_MULTIPLY INPLACE_OR INPLACE_POWER INPLACE_RSHIFT "
    "INPLACE_SUBTRACT INPLACE_TRUE_DIVIDE INPLACE_XOR "
    "FORMAT_VALUE FORMAT_SIMPLE FORMAT_WITH_SPEC CONVERT_VALUE BUILD_INTERPOLATION BUILD_TEMPLATE "
    "CALL_INTRINSIC_1 CALL_INTRINSIC_2 LIST_TO_TUPLE GET_ITER FOR_ITER GET_YIELD_FROM_ITER "
    "IMPORT_FROM MATCH_MAPPING MATCH_SEQUENCE MATCH_KEYS MATCH_CLASS COPY_DICT_WITHOUT_KEYS "
    "CHECK_EXC_MATCH PREP_RERAISE_STAR",
)
_always(
    Touch(1, is_call=True),
    "SEND YIELD_VALUE YIELD_FROM GET_AWAITABLE GET_AITER GET_ANEXT IMPORT_NAME WITH_EXCEPT_START",
)
_always(Touch(2), "LOAD_METHOD CHECK_EG_MATCH LOAD_SPECIAL")
_always(Touch(2, is_call=True), "BEFORE_WITH BEFORE_ASYNC_WITH SETUP_WITH")
_always(Touch(2), "MATCH_KEYS MATCH_CLASS", until=(3, 10))  # ... and whether they matched
_always(Touch(2), "GET_ITER FOR_ITER", since=(3, 15))  # an index, or NULL, lies above the iterator
_always(Touch(2, is_call=True), "SEND", since=(3, 15))
_always(_quiet(2), "PUSH_EXC_INFO ROT_TWO DUP_TOP_TWO")
_always(Touch(2), "CLEANUP_THROW", until=(3, 14))
_always(Touch(3), "CLEANUP_THROW", since=(3, 15))
_always(_quiet(3), "ROT_THREE")
_always(_quiet(4), "ROT_FOUR")
_always(
    Touch(1, is_quiet=True, makes=True),
    "BUILD_LIST BUILD_TUPLE BUILD_SLICE MAKE_FUNCTION",
)
_always(Touch(1, makes=True), "BUILD_SET BUILD_MAP BUILD_CONST_KEY_MAP")
_always(Touch(operands=(1, 0)), "STORE_ATTR DELETE_ATTR")  # the object lies on top
_always(Touch(operands=(2, 1)), "STORE_SUBSCR DELETE_SUBSCR")  # beneath the key
_always(Touch(operands=(3, 2)), "STORE_SLICE")

# -- instructions whose number matters -------------------------------------------------------------------------------


def _call(operands: int) -> Touch:
    """A call may change its function (a method's object) and each argument."""
    return Touch(1, operands=(operands, 0), is_call=True)


def _load_global(number: int) -> Touch:
    return _quiet(2 if PY311 and number & 1 else 1)


def _load_attr(number: int) -> Touch:
    """Push an attribute; from 3.12 an odd number asks for a method and its object (or NULL)."""
    return Touch(2 if PY >= (3, 12) and number & 1 else 1)


def _call_function_ex(flags: int) -> Touch:
    if PY314:
        return _call(4)  # NULL where there are no keywords
    return _call((3 if PY311 else 2) + (flags & 1))


def _grow(depth: int) -> Touch:
    """Add to a container that lies ``depth`` values down once the operands are gone."""
    return Touch(grown=depth)


_BY_NUMBER: dict[str, Callable[[int], Touch]] = {
    "LOAD_FAST_LOAD_FAST": lambda pair: _quiet(2),
    "LOAD_FAST_BORROW_LOAD_FAST_BORROW": lambda pair: _quiet(2),
    "LOAD_FAST_AND_CLEAR": lambda index: Touch(1, (index,), is_quiet=True),
    "STORE_FAST": lambda index: Touch(0, (index,), is_quiet=True),
    "STORE_FAST_MAYBE_NULL": lambda index: Touch(0, (index,), is_quiet=True),
    "STORE_FAST_STORE_FAST": lambda pair: Touch(0, (pair >> 4, pair & 15), is_quiet=True),
    "STORE_FAST_LOAD_FAST": lambda pair: Touch(1, (pair >> 4,), is_quiet=True),
    "DELETE_FAST": lambda index: Touch(0, (index,), is_quiet=True),
    "COPY": lambda depth: _quiet(1),
    "SWAP": lambda depth: _quiet(depth),
    "ROT_N": lambda depth: _quiet(depth),
    "LOAD_GLOBAL": _load_global,
    "LOAD_ATTR": _load_attr,
    "LOAD_SUPER_ATTR": _load_attr,
    "UNPACK_SEQUENCE": lambda count: Touch(count),
    "UNPACK_EX": lambda counts: Touch((counts & 255) + 1 + (counts >> 8)),
    "LIST_APPEND": _grow,
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
