"""Facts about the running Python's instructions, by opcode *name*.

Numbers change with every version (106 of the 108 names that 3.12 and 3.13 share changed theirs), so a number serves
only to find the name.  An ``Opcode`` says what its oparg means and how many inline cache units follow it in
``co_code``.  What the ``opcode`` module tells is taken from there; what only ``dis`` or the compiler's source tells
stands in ``_MEANINGS``, with the versions for which it holds.

Source: CPython Lib/opcode.py, Lib/dis.py (``ArgResolver``), Python/bytecodes.c, Include/cpython/code.h.
"""

from __future__ import annotations

import opcode
from dataclasses import dataclass, field
from typing import Any, Literal

from ..versions import NEWEST, OLDEST, PY

__all__ = [
    "BY_NUMBER",
    "FUTURE_FLAGS",
    "NEVER_FALLS_THROUGH",
    "OPCODES",
    "Opcode",
    "Operand",
    "argument_text",
    "flag_names",
]

Operand = Literal[
    "none",  # the oparg byte means nothing
    "number",  # a count or bit flags: the number itself
    "constant",  # index into co_consts
    "name",  # index into co_names
    "fast",  # index into the fast locals (see ``tables.fast_names``)
    "cell",  # index of a cell: into the fast locals, on 3.10 into co_cellvars + co_freevars
    "pair",  # two indices below 16 into the fast locals
    "table",  # index into a table that belongs to the interpreter
    "forward",  # jump: code units ahead of the next instruction
    "backward",  # jump: code units behind the next instruction
    "absolute",  # jump: code units from the start of the code
    "origin",  # no jump: code units back to the SEND that ended the loop by raising
]


@dataclass(frozen=True)
class Meaning:
    """What an oparg means: shifted right by ``shift`` it is what ``operand`` says; the bits shifted out are flags.

    ``flags`` gives, for a bit, the pattern of the argument's text when it is set.  A "table" operand stands for a value
    of ``table``, shown as the text beside it.
    """

    operand: Operand
    shift: int = 0
    flags: dict[int, str] = field(default_factory=dict)
    table: tuple[tuple[Any, str], ...] = ()
    since: tuple[int, int] = OLDEST
    until: tuple[int, int] = NEWEST


@dataclass(frozen=True)
class Opcode:
    """One instruction of the running Python, whatever its oparg; ``caches`` counts code units of two bytes."""

    name: str
    number: int
    meaning: Meaning
    caches: int

    @property
    def takes_oparg(self) -> bool:
        """Tell whether the oparg byte means something."""
        return self.meaning.operand != "none"


# -- what the opcode module does not tell -----------------------------------------------------------------------


def _host(name: str) -> Any:
    """Return one of the private tables of the ``opcode`` module; () on versions that lack it."""
    return getattr(opcode, name, ())


def _shown(values: Any) -> tuple[tuple[Any, str], ...]:
    """Return a table of values that are shown as they are."""
    return tuple((value, str(value)) for value in values)


_COMPARISONS = _shown(opcode.cmp_op)
_CONVERSIONS = ((None, ""), (str, "str"), (repr, "repr"), (ascii, "ascii"))
_FORMATS = (
    *(((convert, False), text) for convert, text in _CONVERSIONS),
    *(((convert, True), f"{text}, with format".removeprefix(", ")) for convert, text in _CONVERSIONS),
)
_COMMON_CONSTANTS = tuple(
    (value, value.__name__ if isinstance(value, type) else repr(value)) for value in _host("_common_constants")
)

_MEANINGS: dict[str, tuple[Meaning, ...]] = {
    # A flag asks for a NULL (or self) beside the value: below it up to 3.12, above it from 3.13.
    "LOAD_GLOBAL": (
        Meaning("name", 1, {1: "NULL + {}"}, since=(3, 11), until=(3, 12)),
        Meaning("name", 1, {1: "{} + NULL"}, since=(3, 13)),
    ),
    "LOAD_ATTR": (
        Meaning("name", 1, {1: "NULL|self + {}"}, since=(3, 12), until=(3, 12)),
        Meaning("name", 1, {1: "{} + NULL|self"}, since=(3, 13)),
    ),
    "LOAD_SUPER_ATTR": (
        Meaning("name", 2, {1: "NULL|self + {}"}, since=(3, 12), until=(3, 12)),
        Meaning("name", 2, {1: "{} + NULL|self"}, since=(3, 13)),
    ),
    "IMPORT_NAME": (Meaning("name", 2, {1: "{} + lazy", 2: "{} + eager"}, since=(3, 15)),),  # PEP 810
    "COMPARE_OP": (
        Meaning("table", table=_COMPARISONS, until=(3, 11)),
        Meaning("table", 4, table=_COMPARISONS, since=(3, 12), until=(3, 12)),  # the low bits are the specializer's
        Meaning("table", 5, {16: "bool({})"}, _COMPARISONS, since=(3, 13)),
    ),
    "IS_OP": (Meaning("table", table=_shown(["is", "is not"])),),
    "CONTAINS_OP": (Meaning("table", table=_shown(["in", "not in"])),),
    "BINARY_OP": (Meaning("table", table=_shown(symbol for _, symbol in _host("_nb_ops")), since=(3, 11)),),
    "FORMAT_VALUE": (Meaning("table", table=_FORMATS, until=(3, 12)),),
    "CONVERT_VALUE": (Meaning("table", table=_CONVERSIONS, since=(3, 13)),),
    "CALL_INTRINSIC_1": (Meaning("table", table=_shown(_host("_intrinsic_1_descs")), since=(3, 12)),),
    "CALL_INTRINSIC_2": (Meaning("table", table=_shown(_host("_intrinsic_2_descs")), since=(3, 12)),),
    "LOAD_COMMON_CONSTANT": (Meaning("table", table=_COMMON_CONSTANTS, since=(3, 14)),),
    "LOAD_SPECIAL": (Meaning("table", table=_shown(_host("_special_method_names")), since=(3, 14)),),
    "LOAD_FAST_LOAD_FAST": (Meaning("pair", since=(3, 13)),),
    "LOAD_FAST_BORROW_LOAD_FAST_BORROW": (Meaning("pair", since=(3, 14)),),
    "STORE_FAST_LOAD_FAST": (Meaning("pair", since=(3, 13)),),
    "STORE_FAST_STORE_FAST": (Meaning("pair", since=(3, 13)),),
    # Listed among the jumps from 3.14, because sys.monitoring reports a branch *from* the instruction it names.
    "END_ASYNC_FOR": (Meaning("origin", since=(3, 14)),),
}

# After these the next instruction is not reached: they always jump, leave the frame, or raise.
NEVER_FALLS_THROUGH = frozenset(
    {"JUMP_FORWARD", "JUMP_ABSOLUTE", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT"}
    | {"RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE", "INTERPRETER_EXIT"}
)

# -- the tables -------------------------------------------------------------------------------------------------


def _takes_oparg(number: int) -> bool:
    listed = getattr(opcode, "hasarg", None)  # 3.12+; before, the numbers were sorted by it
    return number >= opcode.HAVE_ARGUMENT if listed is None else number in listed


def _listed_operand(name: str, number: int) -> Operand:
    """Return what the public lists of the ``opcode`` module say of an oparg."""
    lists: tuple[tuple[Operand, list[int]], ...] = (
        ("constant", opcode.hasconst),
        ("name", opcode.hasname),
        ("absolute", opcode.hasjabs),
        ("backward" if "JUMP_BACKWARD" in name else "forward", opcode.hasjrel),
        ("fast", opcode.haslocal),
        ("cell", opcode.hasfree),
    )
    return next((operand for operand, numbers in lists if number in numbers), "number")


def _meaning(name: str, number: int) -> Meaning:
    if not _takes_oparg(number):
        return Meaning("none")
    ours = (each for each in _MEANINGS.get(name, ()) if each.since <= PY <= each.until)
    return next(ours, None) or Meaning(_listed_operand(name, number))


def _cache_units(name: str, number: int) -> int:
    entries = _host("_inline_cache_entries")  # none on 3.10; a list by number up to 3.12; then a mapping by name
    if hasattr(entries, "get"):
        return int(entries.get(name, 0))
    return int(entries[number]) if number < len(entries or ()) else 0


def _opcode(name: str, number: int) -> Opcode:
    return Opcode(name, number, _meaning(name, number), _cache_units(name, number))


# Numbers above 255 are the compiler's own (pseudo instructions) and never in co_code.
OPCODES: dict[str, Opcode] = {name: _opcode(name, number) for name, number in opcode.opmap.items() if number < 256}

_names = {known.number: known.name for known in OPCODES.values()}
# A number without a name stands under "<number>", as in ``dis``.
BY_NUMBER: tuple[Opcode, ...] = tuple(
    OPCODES[_names[number]] if number in _names else _opcode(f"<{number}>", number) for number in range(256)
)

# -- in words ---------------------------------------------------------------------------------------------------

_FUNCTION_PARTS = ("defaults", "kwdefaults", "annotations", "closure", "annotate")
_JUMPS: tuple[Operand, ...] = ("forward", "backward", "absolute")


def argument_text(name: str, oparg: int | None, argval: Any) -> str:
    """Say what an argument means, as ``dis`` says it in parentheses; "" where the number says it all.

    Jumps are shown with a byte offset (``to 24``) on every version.
    """
    if name not in OPCODES or oparg is None:
        return ""
    meaning = OPCODES[name].meaning
    if meaning.operand == "number":
        return _function_parts(oparg) if name in ("MAKE_FUNCTION", "SET_FUNCTION_ATTRIBUTE") else ""
    text = _value_text(meaning, oparg, argval)
    for bit, pattern in meaning.flags.items():
        if oparg & bit and text:  # the name in `from . import x` is empty
            return pattern.format(text)
    return text


def _value_text(meaning: Meaning, oparg: int, argval: Any) -> str:
    if meaning.operand == "constant":
        return _constant_text(argval)
    if meaning.operand == "pair":
        return ", ".join(argval)
    if meaning.operand == "table":
        return meaning.table[oparg >> meaning.shift][1]
    if meaning.operand == "origin":
        return f"from {argval}"
    return f"to {argval}" if meaning.operand in _JUMPS else str(argval)


def _constant_text(value: object) -> str:
    try:
        return repr(value)
    except ValueError:  # an integer of more than 4,300 digits (sys.set_int_max_str_digits)
        return hex(value) if isinstance(value, int) else f"<{type(value).__name__}>"


def _function_parts(oparg: int) -> str:
    return ", ".join(part for bit, part in enumerate(_FUNCTION_PARTS) if oparg & 1 << bit)


_FLAGS = {
    0x1: "OPTIMIZED",
    0x2: "NEWLOCALS",
    0x4: "VARARGS",
    0x8: "VARKEYWORDS",
    0x10: "NESTED",
    0x20: "GENERATOR",
    0x40: "NOFREE",  # until 3.10
    0x80: "COROUTINE",
    0x100: "ITERABLE_COROUTINE",
    0x200: "ASYNC_GENERATOR",
    0x2_0000: "FUTURE_DIVISION",
    0x4_0000: "FUTURE_ABSOLUTE_IMPORT",
    0x8_0000: "FUTURE_WITH_STATEMENT",
    0x10_0000: "FUTURE_PRINT_FUNCTION",
    0x20_0000: "FUTURE_UNICODE_LITERALS",
    0x40_0000: "FUTURE_BARRY_AS_BDFL",
    0x80_0000: "FUTURE_GENERATOR_STOP",
    0x100_0000: "FUTURE_ANNOTATIONS",
    0x200_0000: "NO_MONITORING_EVENTS",  # 3.13+
    0x400_0000: "HAS_DOCSTRING",  # 3.14+
    0x800_0000: "METHOD",  # 3.14+
}

# The bits of ``co_flags`` that what is compiled inherits from the frame in which ``compile`` is called (PyCF_MASK).
FUTURE_FLAGS = sum(bit for bit, name in _FLAGS.items() if name.startswith("FUTURE"))


def flag_names(flags: int) -> tuple[str, ...]:
    """Return the names of the bits of ``co_flags``, the lowest first; a bit without a name as hexadecimal."""
    return tuple(_FLAGS.get(1 << bit, hex(1 << bit)) for bit in range(flags.bit_length()) if flags >> bit & 1)
