"""Depths of the value stack and 3.10's block stacks, on programs small enough to count by hand."""

from __future__ import annotations

from opcode import opmap
from typing import TYPE_CHECKING

import pytest

from codes import module_code, nested
from lasti.bytecode import Block, block_stacks, decode, stack_depths
from lasti.errors import LastiError
from lasti.versions import PY311, PY312, PY313, PY315

if TYPE_CHECKING:
    from lasti.bytecode import Bytecode


def bytecode(source: str, name: str = "<module>") -> Bytecode:
    """Compile ``source`` and decode the code object called ``name``."""
    return decode(next(code for code in nested(module_code(source)) if code.co_name == name))


def depth_before(decoded: Bytecode, argval: object) -> int | None:
    """Return the depth before the first instruction whose argument is ``argval``."""
    index = next(each.index for each in decoded.instructions if each.argval == argval)
    return stack_depths(decoded)[index]


def test_the_program_of_the_seeds() -> None:
    decoded = bytecode("x = 10\ny = 20\nprint(x + y)\n")
    shown = [
        (each.opname, depth)
        for each, depth in zip(decoded.instructions, stack_depths(decoded), strict=True)
        if each.opname.startswith(("STORE", "BINARY", "POP", "RETURN"))
    ]
    callee = 2 if PY311 else 1  # 3.11+: print and a NULL
    returned = [("RETURN_CONST", 0)] if PY312 and "RETURN_CONST" in opmap else [("RETURN_VALUE", 1)]
    addition = "BINARY_OP" if PY311 else "BINARY_ADD"
    assert shown == [("STORE_NAME", 1), ("STORE_NAME", 1), (addition, callee + 2), ("POP_TOP", 1), *returned]


def test_a_loop_keeps_its_iterator() -> None:
    decoded = bytecode("for x in y:\n    inside\nbehind\n")
    held = 2 if PY315 else 1  # 3.15: beside the iterable an index, or beside the iterator a NULL
    assert depth_before(decoded, "inside") == held
    assert depth_before(decoded, "behind") == 0


def test_a_handler_begins_with_the_exception() -> None:
    decoded = bytecode("try:\n    a\nexcept KeyError:\n    b\nc\n")
    assert depth_before(decoded, "a") == 0
    assert depth_before(decoded, "b") == (1 if PY311 else 3)  # what was handled before (3.10: its three parts)
    assert depth_before(decoded, "c") == 0


def test_a_with_statement_keeps_its_exit() -> None:
    decoded = bytecode("with a:\n    inside\nbehind\n")
    held = depth_before(decoded, "inside")
    assert held in (1, 2)  # 3.14+: the method and self
    assert depth_before(decoded, "behind") == 0


def test_code_that_is_never_reached() -> None:
    source = "def f():\n    yield 1\n    return\n    try:\n        a\n    except KeyError:\n        b\n"
    decoded = bytecode(source, "f")
    depths = stack_depths(decoded)
    assert len(depths) == len(decoded.instructions)
    assert depths[0] == (0 if PY311 else 1)  # 3.10: the None that starts it, for GEN_START


def test_unreached_instructions_have_no_depth() -> None:
    nop, back = (opmap[name] for name in ("NOP", "RETURN_VALUE"))
    code = compile("None", "prog.py", "eval", dont_inherit=True)
    decoded = decode(code.replace(co_code=code.co_code + bytes([nop, 0, back, 0])))
    assert stack_depths(decoded)[-2:] == (None, None)
    assert block_stacks(decoded)[-2:] == (None, None)
    assert block_stacks(decoded)[0] == ()


def test_a_generator_begins_with_what_is_sent() -> None:
    decoded = bytecode("def f():\n    yield 1\n", "f")
    depths = dict(zip((each.opname for each in decoded.instructions), stack_depths(decoded), strict=True))
    assert depths["YIELD_VALUE"] == 1
    assert depths["POP_TOP"] == 1


def test_paths_that_disagree_are_refused() -> None:
    if PY311:
        units = 3 if PY313 else 2  # back over itself, its cache (3.13+) and LOAD_CONST
        program = [opmap["LOAD_CONST"], 0, opmap["JUMP_BACKWARD"], units, *[opmap["CACHE"], 0] * (units - 2)]
    else:
        program = [opmap["LOAD_CONST"], 0, opmap["JUMP_ABSOLUTE"], 0]
    code = module_code("None").replace(co_code=bytes(program))
    with pytest.raises(
        LastiError, match=r"^LOAD_CONST at byte 0 of '<module>' \(prog.py:\d\): one path brings 0 to it"
    ):
        stack_depths(decode(code))


# -- 3.10's block stack -----------------------------------------------------------------------------------------


def blocks_before(decoded: Bytecode, argval: object) -> tuple[Block, ...] | None:
    index = next(each.index for each in decoded.instructions if each.argval == argval)
    return block_stacks(decoded)[index]


@pytest.mark.skipif(not PY311, reason="3.10 has a block stack")
def test_there_is_no_block_stack_from_3_11() -> None:
    assert set(block_stacks(bytecode("with a:\n    try:\n        b\n    finally:\n        c\n"))) == {()}


@pytest.mark.skipif(PY311, reason="the block stack went with 3.10")
class TestBlockStack:
    def test_try_within_with(self) -> None:
        decoded = bytecode("with a:\n    try:\n        b\n    except KeyError:\n        c\n    d\ne\n")
        setup_with, setup_finally = (
            next(each for each in decoded.instructions if each.opname == name)
            for name in ("SETUP_WITH", "SETUP_FINALLY")
        )
        assert setup_with.target is not None
        assert setup_finally.target is not None
        around = Block("SETUP_WITH", setup_with.offset, setup_with.target, 1)
        within = Block("SETUP_FINALLY", setup_finally.offset, setup_finally.target, 1)
        assert blocks_before(decoded, "a") == ()
        assert blocks_before(decoded, "b") == (around, within)
        assert blocks_before(decoded, "c") == (around, within._replace(kind="EXCEPT_HANDLER"))
        assert blocks_before(decoded, "d") == (around,)
        assert blocks_before(decoded, "e") == ()

    def test_a_loop_raises_the_level(self) -> None:
        decoded = bytecode("for x in y:\n    try:\n        b\n    finally:\n        c\n")
        blocks = blocks_before(decoded, "b")
        assert blocks is not None
        assert [(block.kind, block.depth) for block in blocks] == [("SETUP_FINALLY", 1)]

    def test_an_asynchronous_loop_and_with(self) -> None:
        source = "async def f():\n    async with a:\n        async for x in y:\n            b\n    c\n"
        decoded = bytecode(source, "f")
        blocks = blocks_before(decoded, "b")
        assert blocks is not None
        assert [(block.kind, block.depth) for block in blocks] == [("SETUP_ASYNC_WITH", 1)]
        assert blocks_before(decoded, "c") == ()
