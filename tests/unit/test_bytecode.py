"""The decoder and what it knows of single instructions; test_bytecode_library.py holds it against ``dis``."""

from __future__ import annotations

import dis
import sys
from opcode import opmap
from types import CodeType
from typing import TYPE_CHECKING, Any

import pytest

from codes import code_called, module_code, nested
from lasti.bytecode import Bytecode, ExceptionEntry, Instruction, decode, fast_names, stack_effect
from lasti.bytecode.opcodes import BY_NUMBER, OPCODES, argument_text, flag_names
from lasti.bytecode.tables import cell_names, exception_table, line_table
from lasti.versions import PY, PY311, PY312, PY313, PY314, PY315

if TYPE_CHECKING:
    from collections.abc import Iterator


def bytecode(source: str, name: str = "<module>") -> Bytecode:
    """Compile ``source`` and decode the code object called ``name``."""
    return decode(next(code for code in nested(module_code(source)) if code.co_name == name))


def find(source: str, opname: str, name: str = "<module>") -> Instruction:
    """Return the first instruction called ``opname``."""
    return next(each for each in bytecode(source, name).instructions if each.opname == opname)


# -- instructions -----------------------------------------------------------------------------------------------


def test_a_function_of_two_lines() -> None:
    instructions = bytecode("def add(a, b):\n    c = a + b\n    return c\n", "add").instructions
    store = next(each for each in instructions if each.opname.startswith("STORE_FAST"))
    assert (store.line, store.index) == (2, instructions.index(store))
    assert "c" in (store.argval, *(store.argval if isinstance(store.argval, tuple) else ()))
    back = instructions[-1]
    assert (back.opname, back.oparg, back.argval, back.argrepr, back.target) == ("RETURN_VALUE", None, None, "", None)
    assert [each.line for each in instructions if each.starts_line] == ([1, 2, 3] if PY311 else [2, 3])


def test_extended_arg_belongs_to_its_instruction() -> None:
    source = "".join(f"name{number} = 'text {number}'\n" for number in range(300))
    decoded = bytecode(source)
    last = next(each for each in decoded.instructions if each.argval == "name299")
    assert (last.opname, last.oparg) == ("STORE_NAME", 299)
    assert last.offset - last.start == 2
    assert decoded.index_at[last.start] == decoded.index_at[last.offset] == last.index
    assert "EXTENDED_ARG" not in {each.opname for each in decoded.instructions}


def test_three_prefixes() -> None:
    number = opmap["EXTENDED_ARG"]
    code = module_code("").replace(co_code=bytes([number, 1, number, 2, number, 3, opmap["BUILD_TUPLE"], 4]))
    (only,) = decode(code).instructions
    assert (only.start, only.offset, only.oparg, only.end) == (0, 6, 0x01020304, 8)


def test_a_jump_to_a_prefix_leads_to_its_instruction() -> None:
    names = "".join(f"n{number} = 0\n" for number in range(300))
    decoded = bytecode(names + "if n1: n2 = 1\nn299 = 2\n")
    jump = [each for each in decoded.instructions if each.target is not None][-1]
    assert jump.target is not None
    aim = decoded.instructions[decoded.index_at[jump.target]]
    assert aim.is_jump_target
    assert aim.start == jump.target == jump.argval
    assert jump.argrepr == f"to {jump.target}"


@pytest.mark.skipif(not PY311, reason="inline caches came with 3.11")
def test_inline_caches_are_counted() -> None:
    decoded = bytecode("print")
    load = next(each for each in bytecode("def f(): return print", "f").instructions if each.opname == "LOAD_GLOBAL")
    assert load.caches == (5 if PY == (3, 11) else 4)
    assert load.end == load.offset + 2 + 2 * load.caches
    assert "CACHE" not in {each.opname for each in decoded.instructions}


def test_a_number_without_a_name() -> None:
    number, decoded = next(unnamed(), (None, None))
    if number is None or decoded is None:
        pytest.skip("this version's co_code never shows such a number")
    first = decoded.instructions[0]
    assert (first.opname, first.offset, first.caches, first.target) == (f"<{number}>", 0, 0, None)
    assert first.argrepr == ""
    assert len(decoded.instructions) == 17


def unnamed() -> Iterator[tuple[int, Bytecode]]:
    """Yield code that begins with a number without a name (``co_code`` shows a specialized one as its family)."""
    for number in (each.number for each in BY_NUMBER if each.name.startswith("<")):
        code = module_code("").replace(co_code=bytes([number, 7, *[opmap["NOP"], 0] * 16]))
        if code.co_code[0] == number:
            yield number, decode(code)


def test_names_and_numbers_lead_to_each_other() -> None:
    assert all(BY_NUMBER[known.number] is known for known in OPCODES.values())
    assert len(BY_NUMBER) == 256
    assert {known.number for known in OPCODES.values()} == {number for number in opmap.values() if number < 256}


# -- arguments --------------------------------------------------------------------------------------------------

ARGUMENTS = [
    ("a is not b", "IS_OP", "is not", "is not"),
    ("a is b", "IS_OP", "is", "is"),
    ("a not in b", "CONTAINS_OP", "not in", "not in"),
    ("a in b", "CONTAINS_OP", "in", "in"),
    ("a <= b", "COMPARE_OP", "<=", "<="),
    ("import a.b", "IMPORT_NAME", "a.b", "a.b"),
    ("x = 'text'", "LOAD_CONST", "text", "'text'"),
    ("def f(): global g; return g", "LOAD_GLOBAL", "g", "g"),
    ("def f(): g()", "LOAD_GLOBAL", "g", ("g + NULL" if PY313 else "NULL + g") if PY311 else "g"),
    ("def f(a): return lambda: a", "LOAD_DEREF", "a", "a"),
]
if PY311:
    ARGUMENTS += [("a + b", "BINARY_OP", "+", "+"), ("a += b", "BINARY_OP", "+=", "+=")]
if not PY312:
    ARGUMENTS += [("a.b", "LOAD_ATTR", "b", "b"), ("a.b()", "LOAD_METHOD", "b", "b")]
    ARGUMENTS += [("a(b=1)", "KW_NAMES", ("b",), "('b',)")] if PY311 else []
if PY312:
    ARGUMENTS += [("a.b()", "LOAD_ATTR", "b", "b + NULL|self" if PY313 else "NULL|self + b")]
    ARGUMENTS += [("from a import *", "CALL_INTRINSIC_1", "INTRINSIC_IMPORT_STAR", "INTRINSIC_IMPORT_STAR")]
    ARGUMENTS += [("class C:\n def f(self): super().m", "LOAD_SUPER_ATTR", "m", "m")]
if PY312 and not PY313:
    ARGUMENTS += [("def f[T: int](): pass", "CALL_INTRINSIC_2", *["INTRINSIC_TYPEVAR_WITH_BOUND"] * 2)]
if not PY313:
    ARGUMENTS += [("f'{a!r:>5}'", "FORMAT_VALUE", (repr, True), "repr, with format")]
    ARGUMENTS += [("f'{a:>5}'", "FORMAT_VALUE", (None, True), "with format")]
    ARGUMENTS += [("f'{a}'", "FORMAT_VALUE", (None, False), "")]
    ARGUMENTS += [("def f(a=1, *, b: int = 2): pass", "MAKE_FUNCTION", 7, "defaults, kwdefaults, annotations")]
if PY313:
    ARGUMENTS += [("f'{a!r}'", "CONVERT_VALUE", repr, "repr")]
    ARGUMENTS += [("if a < b: pass", "COMPARE_OP", "<", "bool(<)")]
    ARGUMENTS += [("def f(a, b): return a[b], b", "LOAD_FAST_LOAD_FAST", ("a", "b"), "a, b")] if not PY314 else []
    ARGUMENTS += [("def f(a=1): pass", "SET_FUNCTION_ATTRIBUTE", 1, "defaults")]
if PY314:
    ARGUMENTS += [("x = 7", "LOAD_SMALL_INT", 7, "")]
    ARGUMENTS += [("assert a", "LOAD_COMMON_CONSTANT", AssertionError, "AssertionError")]
    ARGUMENTS += [("with a: pass", "LOAD_SPECIAL", "__exit__", "__exit__")]
    ARGUMENTS += [("def f(a, b): return a[b], b", "LOAD_FAST_BORROW_LOAD_FAST_BORROW", ("a", "b"), "a, b")]
if PY315:
    ARGUMENTS += [("lazy import a", "IMPORT_NAME", "a", "a + lazy")]


@pytest.mark.parametrize(("source", "opname", "argval", "argrepr"), ARGUMENTS)
def test_what_an_argument_stands_for(source: str, opname: str, argval: object, argrepr: str) -> None:
    every = [each for code in nested(module_code(source)) for each in decode(code).instructions]
    found = [(each.argval, each.argrepr) for each in every if each.opname == opname]
    assert (argval, argrepr) in found


def test_an_unknown_name_has_no_text() -> None:
    assert argument_text("NO_SUCH_OPCODE", 3, 3) == ""
    assert argument_text("LOAD_CONST", None, None) == ""


def test_backward_and_forward_jumps() -> None:
    decoded = bytecode("for x in y:\n    print(x)\n")
    loop = next(each for each in decoded.instructions if each.opname == "FOR_ITER")
    back = next(each for each in decoded.instructions if each.opname in ("JUMP_BACKWARD", "JUMP_ABSOLUTE"))
    assert back.target == loop.start
    assert loop.is_jump_target
    assert loop.target is not None
    assert loop.target >= back.end


@pytest.mark.skipif(not PY314, reason="3.14 gave END_ASYNC_FOR an oparg")
def test_end_async_for_is_no_jump() -> None:
    decoded = bytecode("async def f():\n    async for x in y: pass\n", "f")
    end = next(each for each in decoded.instructions if each.opname == "END_ASYNC_FOR")
    origin = decoded.instructions[decoded.index_at[end.argval]]
    assert end.target is None
    assert end.argrepr == f"from {origin.offset}"
    assert origin.opname == "END_SEND"


# -- tables -----------------------------------------------------------------------------------------------------


def varint(number: int, first: int = 0) -> bytes:
    """Write a number as the compiler does: six bits a byte, highest first; ``first`` marks the start of an entry."""
    digits = [number & 63]
    while number := number >> 6:
        digits.append(number & 63 | 64)
    digits[-1] |= first
    return bytes(reversed(digits))


@pytest.mark.skipif(not PY311, reason="the exception table came with 3.11")
def test_an_exception_table_with_large_numbers() -> None:
    entries = [(0, 1, 2, 0, False), (5, 63, 64, 3, True), (4095, 4096, 262_144, 40, True)]
    table = b"".join(
        varint(start, 128) + varint(length) + varint(target) + varint(depth << 1 | lasti)
        for start, length, target, depth, lasti in entries
    )
    code = module_code("").replace(co_exceptiontable=table)
    assert exception_table(code) == tuple(
        ExceptionEntry(2 * start, 2 * (start + length), 2 * target, depth, lasti)
        for start, length, target, depth, lasti in entries
    )


@pytest.mark.skipif(not PY311, reason="the exception table came with 3.11")
def test_a_cut_exception_table_is_an_error() -> None:
    code = module_code("").replace(co_exceptiontable=varint(1, 128) + varint(2))
    with pytest.raises(ValueError, match="zip"):
        exception_table(code)


def test_the_handler_of_a_try_statement() -> None:
    decoded = bytecode("try:\n    a\nexcept KeyError:\n    b\n")
    name = next(each for each in decoded.instructions if each.argval == "a")
    if PY311:
        (entry,) = (each for each in decoded.exception_table if each.start <= name.offset < each.end)
        target = entry.target
        assert (entry.depth, entry.lasti) == (0, False)
    else:
        assert decoded.exception_table == ()
        target = find("try:\n    a\nexcept KeyError:\n    b\n", "SETUP_FINALLY").argval
    handler = decoded.instructions[decoded.index_at[target]]
    assert handler.is_jump_target
    assert handler.opname == ("PUSH_EXC_INFO" if PY311 else "DUP_TOP")


def test_lines_and_positions() -> None:
    decoded = bytecode("x = (first +\n     second)\n")
    second = next(each for each in decoded.instructions if each.argval == "second")
    assert second.line == 2
    assert second.positions == ((2, 2, 5, 11) if PY311 else (2, None, None, None))


def test_code_without_a_line() -> None:
    source = "def f():\n    with a:\n        b\n"
    lines = line_table(code_called("f", source))
    assert (None in lines) == PY311
    assert 3 in lines


def test_names_of_fast_locals_and_cells() -> None:
    source = "def outer(a, b):\n    c = 1\n    def inner():\n        return a, c, inner\n    return inner\n"
    outer, inner = (bytecode(source, name).code for name in ("outer", "inner"))
    assert fast_names(inner) == ("a", "c", "inner")
    if PY311:  # an argument that is a cell has one place
        assert fast_names(outer)[:2] == ("a", "b")
        assert sorted(fast_names(outer)[2:]) == ["c", "inner"]
        assert cell_names(outer) == fast_names(outer)
    else:
        assert fast_names(outer) == ("a", "b", "a", "c", "inner")
        assert cell_names(outer) == ("a", "c", "inner")


FLAGS: list[tuple[str, set[str]]] = [
    ("def f(*args, **kwargs): yield", {"OPTIMIZED", "NEWLOCALS", "VARARGS", "VARKEYWORDS", "GENERATOR"}),
    ("async def f(): pass", {"COROUTINE"}),
    ("async def f(): yield", {"ASYNC_GENERATOR"}),
    ("from __future__ import annotations\ndef f(): pass", {"FUTURE_ANNOTATIONS"}),
    ("def g():\n x = 1\n def f(): return x", {"NESTED"}),
]


@pytest.mark.parametrize(("source", "names"), FLAGS)
def test_flags_by_name(source: str, names: set[str]) -> None:
    assert names <= set(bytecode(source, "f").flags)


def test_flags_of_a_generator_function() -> None:
    """Seed 001: flags 99 are NOFREE, GENERATOR, NEWLOCALS, OPTIMIZED."""
    assert flag_names(99) == ("OPTIMIZED", "NEWLOCALS", "GENERATOR", "NOFREE")
    assert flag_names(0) == ()
    assert flag_names(1 << 30) == ("0x40000000",)


# -- stack effects ----------------------------------------------------------------------------------------------

# Where the run-time effect is not what dis says: see stack_effect.
OTHERWISE = {"RETURN_GENERATOR"} | ({"PRECALL", "CALL"} if PY == (3, 11) else set())


@pytest.mark.parametrize("opname", sorted(set(OPCODES) - OTHERWISE))
def test_stack_effects_are_those_of_dis(opname: str) -> None:
    takes_oparg = OPCODES[opname].takes_oparg
    for oparg in range(1, 48) if takes_oparg else [None]:
        for jump in (False, True):
            assert outcome(stack_effect, opname, oparg, jump) == outcome(
                dis.stack_effect, opmap[opname], oparg, jump=jump
            )


def outcome(function: Any, *args: Any, **kwargs: Any) -> Any:
    """Return the result, or the error's text (of instructions that the compiler never emits)."""
    try:
        return function(*args, **kwargs)
    except ValueError as error:
        return str(error)


@pytest.mark.skipif(PY != (3, 11), reason="only 3.11 splits a call in two")
def test_a_call_on_3_11_happens_in_call() -> None:
    assert stack_effect("PRECALL", 3) == 0
    assert stack_effect("CALL", 3) == -4  # NULL or self, the callable and three arguments become the result


def test_unknown_opname() -> None:
    with pytest.raises(KeyError, match="NO_SUCH_OPCODE"):
        stack_effect("NO_SUCH_OPCODE", None)


def test_nothing_is_executed(capsys: pytest.CaptureFixture[str]) -> None:
    before = set(sys.modules)
    code = module_code("print('run')\nimport this")
    assert isinstance(decode(code).code, CodeType)
    assert capsys.readouterr().out == ""
    assert set(sys.modules) == before
