"""The table of instructions against the running Python: none is missing, and each states its true stack effect."""

from __future__ import annotations

import dis
import inspect
import opcode

import pytest

from lasti.machine import Machine, dispatch
from lasti.versions import PY

assert Machine  # importing it enters the instructions in the table

# Opcodes that no code object's co_code shows: the compiler's own pseudo instructions, what the interpreter puts in
# place of others at run time, and its trampolines.
NEVER_IN_CO_CODE = {
    "ANNOTATIONS_PLACEHOLDER",
    "ENTER_EXECUTOR",
    "EXIT_INIT_CHECK",
    "INTERPRETER_EXIT",
    "JUMP",
    "JUMP_IF_FALSE",
    "JUMP_IF_TRUE",
    "JUMP_NO_INTERRUPT",
    "LOAD_SUPER_METHOD",
    "LOAD_ZERO_SUPER_ATTR",
    "LOAD_ZERO_SUPER_METHOD",
    "POP_BLOCK",
    "RESERVED",
    "SETUP_CLEANUP",
    "SETUP_FINALLY",
    "SETUP_WITH",
    "STORE_FAST_MAYBE_NULL",
    "TRACE_RECORD",
}
REAL_ON_310 = {"POP_BLOCK", "SETUP_FINALLY", "SETUP_WITH"}
PSEUDO_SINCE_312 = {"LOAD_METHOD"} if PY >= (3, 12) else set()
PSEUDO_SINCE_313 = {"LOAD_CLOSURE"} if PY >= (3, 13) else set()


def opcodes_of_this_python() -> set[str]:
    """Every opcode name that can stand in ``co_code``."""
    names = set(dis.opmap)
    for specialized in getattr(opcode, "_specializations", {}).values():
        names -= set(specialized)
    names -= set(getattr(opcode, "_specialized_opmap", ())) | set(getattr(opcode, "_specialized_instructions", ()))
    names = {name for name in names if not name.startswith("INSTRUMENTED")}
    never = NEVER_IN_CO_CODE - REAL_ON_310 if PY == (3, 10) else NEVER_IN_CO_CODE
    return names - never - PSEUDO_SINCE_312 - PSEUDO_SINCE_313


def test_no_opcode_is_unsupported() -> None:
    assert sorted(opcodes_of_this_python() - set(dispatch.TABLE)) == []


def test_the_table_has_no_opcode_that_this_python_does_not_have() -> None:
    assert sorted(set(dispatch.TABLE) - set(dis.opmap)) == []


# The compiler's effect of these is not that of one instruction at run time (see docs/internals/dispatch.md).
SPLIT_BY_THE_COMPILER = {
    "RETURN_GENERATOR",  # dis: what the caller gets; here: what the frame has when it is resumed
    "YIELD_VALUE",
    "END_ASYNC_FOR",
}


def numbers(name: str) -> list[int]:
    """A few opargs of ``name`` that mean something."""
    if name in ("CALL_INTRINSIC_1", "CALL_INTRINSIC_2"):
        return [1, 2, 3]
    if name == "LOAD_SPECIAL":
        return [0, 1]
    if name in ("COPY", "SWAP"):
        return [2, 3, 4]
    if name in ("COMPARE_OP", "BINARY_OP"):
        return [0, 1, 2]
    if name in ("RAISE_VARARGS", "BUILD_SLICE"):
        return [2]
    return [0, 1, 2, 3, 4, 5, 8, 0x0102]


def has_oparg(name: str) -> bool:
    code = dis.opmap[name]
    return code in dis.hasarg if hasattr(dis, "hasarg") else code >= dis.HAVE_ARGUMENT


@pytest.mark.parametrize("name", sorted(dispatch.TABLE))
def test_the_stated_effect_is_that_of_dis(name: str) -> None:
    if name in SPLIT_BY_THE_COMPILER:
        pytest.skip("the compiler counts this instruction differently on purpose")
    checked = 0
    for number in numbers(name) if has_oparg(name) else [0]:
        entry = dispatch.find(name, number)
        if entry is None:
            continue
        oparg = number if has_oparg(name) else None
        is_jump = dis.opmap[name] in dis.hasjrel or dis.opmap[name] in dis.hasjabs
        for jump in (False, True) if is_jump or "|" in entry.effect else (False,):
            try:
                expected = dis.stack_effect(dis.opmap[name], oparg, jump=jump)
            except ValueError:
                continue
            assert run_time_effect(name, number, jump, expected) == dispatch.effect(entry, number, jump), (
                number,
                jump,
                entry.effect,
            )
            checked += 1
    assert checked, f"nothing was compared for {name}"


def run_time_effect(name: str, number: int, jump: bool, effect: int) -> int:
    """Return what the instruction does to the stack when it runs, from what the compiler counts."""
    if PY == (3, 11) and name == "PRECALL":
        return 0  # PRECALL counts what CALL takes
    if PY == (3, 11) and name == "CALL":
        return -number - 1
    if PY >= (3, 14) and name == "RETURN_VALUE":
        return effect - 1  # dis counts the value that the caller gets
    if name == "FOR_ITER" and jump and PY in ((3, 12), (3, 13)):
        return effect - 2  # dis counts END_FOR (and POP_TOP), which an exhausted iterator skips
    if name == "FOR_ITER" and jump and PY >= (3, 14):
        return effect - 1
    return effect


@pytest.mark.parametrize("name", sorted(dispatch.TABLE))
def test_each_handler_says_what_it_does(name: str) -> None:
    for entry in dispatch.TABLE[name]:
        assert entry.summary.endswith("."), entry.handler
        assert inspect.getsource(entry.handler).strip()
