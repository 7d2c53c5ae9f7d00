"""``lasti dis``: the listing as text and as JSON, and what bad input gets."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest
from launcher import Ended, start

from codes import module_code
from lasti import cli
from lasti.bytecode import decode, nested_code, stack_depths
from lasti.versions import PY, PY311, PY312, PY314

if TYPE_CHECKING:
    from pathlib import Path

SEED = """\
def func():
    x = 10
    y = 20
    print(x + y)
"""

PROGRAM = """\
import asyncio

def outer(a):
    def inner():
        return a
    return inner

class Walker:
    async def walk(self, steps):
        for step in range(steps):
            try:
                await asyncio.sleep(step)
            except KeyError as error:
                print(error)

async def walk(): pass
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "seed.py").write_text(SEED)
    (tmp_path / "prog.py").write_text(PROGRAM)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def dis(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run ``lasti dis`` with some words in this process."""
    monkeypatch.setenv("NO_COLOR", "1")

    def run(*words: str) -> Ended:
        monkeypatch.setattr(sys, "__stdout__", sys.stdout)
        code = cli.main(["dis", *words])
        out, err = capsys.readouterr()
        return Ended(code, out, err)

    return run


def headings(text: str) -> list[str]:
    """Return the names of the code objects that a listing shows."""
    return re.findall(r"^(\S+)  prog\.py:\d+$", text, re.MULTILINE)


# -- the listing ------------------------------------------------------------------------------------------------


@pytest.mark.skipif(PY != (3, 10), reason="the seed used 3.10")
def test_the_table_of_the_seed(dis: Any) -> None:
    """Seed 002, the function of its value stack, with the depths that it draws."""
    assert (
        dis("seed.py:func").out
        == """\
func  seed.py:1
flags 67 (OPTIMIZED, NEWLOCALS, NOFREE), value stack of at most 3

 line  depth     offset  opname         arg  (argval)
    2      0          0  LOAD_CONST       1  (10)
           1          2  STORE_FAST       0  (x)

    3      0          4  LOAD_CONST       2  (20)
           1          6  STORE_FAST       1  (y)

    4      0          8  LOAD_GLOBAL      0  (print)
           1         10  LOAD_FAST        0  (x)
           2         12  LOAD_FAST        1  (y)
           3         14  BINARY_ADD
           2         16  CALL_FUNCTION    1
           1         18  POP_TOP
           0         20  LOAD_CONST       0  (None)
           1         22  RETURN_VALUE
"""
    )


@pytest.mark.skipif(PY != (3, 12), reason="numbers and names differ from version to version")
def test_a_whole_listing(dis: Any) -> None:
    assert (
        dis("--raw", "prog.py:outer.inner").out
        == """\
outer.<locals>.inner  prog.py:4
flags 19 (OPTIMIZED, NEWLOCALS, NESTED), value stack of at most 1

 line  depth     offset  co_code   opname          arg  (argval)
           0          0  [149, 1]  COPY_FREE_VARS    1

    4      0          2  [151, 0]  RESUME            0

    5      0          4  [137, 0]  LOAD_DEREF        0  (a)
           1          6  [83, 0]   RETURN_VALUE
"""
    )


def test_every_instruction_has_its_line(dis: Any) -> None:
    ended = dis("prog.py")
    assert (ended.code, ended.err) == (0, "")
    code = module_code(PROGRAM)
    every = [(decoded, stack_depths(decoded)) for decoded in (decode(inner) for _, inner in nested_code(code))]
    expected = [
        (str(depth), str(each.offset), each.opname)
        for decoded, depths in every
        for each, depth in zip(decoded.instructions, depths, strict=True)
    ]
    row = re.compile(r"^ *(?:\d+ +)?(\d+|-) +(?:>> +)?(\d+)  ([A-Z_0-9]+)", re.MULTILINE)
    assert row.findall(ended.out) == [("-" if depth == "None" else depth, *rest) for depth, *rest in expected]
    assert " >> " in ended.out


def test_where_an_exception_goes_on(dis: Any) -> None:
    out = dis("prog.py:Walker.walk").out
    if PY311:
        assert "\nexception table: raised from, up to (excluded) -> handler [depth]\n" in out
        assert re.search(r"^  \d+ to \d+ -> \d+ \[\d\] lasti$", out, re.MULTILINE)
    else:
        assert "\nblock stack: open from, up to (excluded) -> handler [depth]\n" in out
        assert re.search(r"^  \d+ to \d+ -> \d+ \[1\]  SETUP_FINALLY of \d+$", out, re.MULTILINE)
        assert re.search(r"^  \d+ to \d+ \[1\]  EXCEPT_HANDLER of \d+$", out, re.MULTILINE)


def test_what_is_shown(dis: Any) -> None:
    everything = ["<module>", "outer", "outer.<locals>.inner", "Walker", "Walker.walk", "walk"]
    assert headings(dis("prog.py").out) == everything
    assert headings(dis("prog.py:outer").out) == ["outer", "outer.<locals>.inner"]
    assert headings(dis("prog.py:outer.inner").out) == ["outer.<locals>.inner"]
    assert headings(dis("prog.py:outer.<locals>.inner").out) == ["outer.<locals>.inner"]
    assert headings(dis("prog.py:walk").out) == ["walk"]
    assert headings(dis("prog.py:<module>").out) == ["<module>"]


def test_what_was_asked_for_comes_first(dis: Any, folder: Path) -> None:
    (folder / "prog.py").write_text("def f(a: int):\n    def g(): pass\n")
    shown = headings(dis("prog.py:f").out)
    assert shown[0] == "f"
    assert set(shown[1:]) - {"f.__annotate__"} == {"f.<locals>.g"}  # 3.15 has that too


def test_code_objects_are_shown_without_an_address(dis: Any) -> None:
    out = dis("prog.py").out
    assert "(<code object outer, line 3>)" in out
    assert " at 0x" not in out


def test_a_prefix_is_told(dis: Any, folder: Path) -> None:
    (folder / "long.py").write_text("".join(f"name{number} = {number + 1000}\n" for number in range(300)))
    line = next(line for line in dis("--raw", "long.py").out.splitlines() if "(name299)" in line)
    assert re.search(r" (\d+)  \[\d+, 1, \d+, 43\] +STORE_NAME +299  \(name299\)  EXTENDED_ARG at \d+$", line)


def test_the_program_is_not_run(dis: Any, folder: Path) -> None:
    (folder / "shouts.py").write_text("print('loud')\n")
    assert "loud\n" not in dis("shouts.py").out
    assert "('loud')" in dis("shouts.py").out


def test_huge_constants(dis: Any, folder: Path) -> None:
    (folder / "huge.py").write_text(f"x = 0x1{'0' * 5000}\ny = 1e999, -0.0\n")
    assert "(0x1000" in dis("huge.py").out
    values = [json.loads(line)["argval"] for line in dis("--json", "huge.py").out.splitlines()]
    assert "0x1" + "0" * 5000 in values


def test_colours(dis: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b" not in dis("prog.py:walk").out
    assert "\x1b[1mwalk\x1b[0m" in dis("--color", "always", "prog.py:walk").out
    monkeypatch.delenv("NO_COLOR")
    assert "\x1b" not in dis("prog.py:walk").out  # no terminal


# -- as data ----------------------------------------------------------------------------------------------------


def test_json_has_all_of_it(dis: Any) -> None:
    records = [json.loads(line) for line in dis("--json", "prog.py").out.splitlines()]
    code = module_code(PROGRAM)
    for name, inner in nested_code(code):
        own = [record for record in records if record["function"] == name]
        assert [byte for record in own for byte in record["raw"]] == list(inner.co_code)
        assert [record["depth"] for record in own] == list(stack_depths(decode(inner)))
        assert [record["line"] for record in own] == [each.line for each in decode(inner).instructions]
        assert [tuple(record["positions"]) for record in own] == [each.positions for each in decode(inner).instructions]


def test_json_of_one_instruction(dis: Any, folder: Path) -> None:
    records = [json.loads(line) for line in dis("--json", "seed.py:func").out.splitlines()]
    store = next(record for record in records if record["opname"] == "STORE_FAST")
    assert {key: store[key] for key in ("function", "file", "line", "arg", "argval", "depth", "target")} == {
        "function": "func",
        "file": str(folder / "seed.py"),
        "line": 2,
        "arg": 0,
        "argval": "x",
        "depth": 1,
        "target": None,
    }
    assert store["positions"] == ([2, 2, 4, 5] if PY311 else [2, None, None, None])
    assert store["raw"][1] == 0
    assert [record["argval"] for record in records].count(10) == 1


def test_json_names_the_handler(dis: Any) -> None:
    records = [json.loads(line) for line in dis("--json", "prog.py:Walker.walk").out.splitlines()]
    sleep = next(record for record in records if record["argval"] == "sleep")
    handler = next(record for record in records if record["offset"] == sleep["handler"])
    assert handler["opname"] == ("PUSH_EXC_INFO" if PY311 else "DUP_TOP")
    assert handler["is_jump_target"]


# -- bad input --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("porg.py", "no such file: 'porg.py'; did you mean 'prog.py'?"),
        ("porg.py:main", "no such file: 'porg.py'; did you mean 'prog.py'?"),
        ("json", "no such file: 'json'"),  # a module: `lasti run -m` takes one, this command does not
        ("here", "'here' is a folder: name a Python file in it"),
        ("binary", "'binary' is not Python source: it is a binary file (it has null bytes)"),
        ("prog.py:", "'prog.py:': name a function or class behind the colon, as in prog.py:main"),
        (":main", "':main': name a program before the colon, as in prog.py:main"),
        ("prog.py:wolk", "'prog.py' has no function or class 'wolk'; did you mean 'walk'?"),
        ("prog.py:inner", "'prog.py' has no function or class 'inner'; did you mean 'outer.inner'?"),
        (
            "prog.py:zzz",
            "'prog.py' has no function or class 'zzz' (it has outer, outer.inner, Walker, Walker.walk, walk)",
        ),
        ("empty.py:f", "'empty.py' has no function or class 'f': there are none in it"),
    ],
)
def test_one_sentence(dis: Any, folder: Path, target: str, said: str) -> None:
    (folder / "here").mkdir()
    (folder / "binary").write_bytes(b"\x7fELF\0\0")
    (folder / "empty.py").write_text("")
    assert dis(target) == Ended(2, "", f"lasti: {said}\n")


def test_a_syntax_error_is_shown_as_python_shows_it(folder: Path) -> None:
    (folder / "bad.py").write_text("def f(:\n    pass\n")
    python = start([sys.executable, "bad.py"], cwd=folder)
    lasti = start([sys.executable, "-m", "lasti", "dis", "bad.py"], cwd=folder)
    assert (lasti.code, lasti.out) == (2, "")
    assert "SyntaxError" in lasti.err
    assert lasti.err == python.err


def test_source_that_the_compiler_gives_up_on(dis: Any, folder: Path) -> None:
    (folder / "deep.py").write_text("x = " + "-" * 200_000 + "1\n")
    ended = dis("deep.py")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(("lasti: Python's compiler gives up on 'deep.py': ", "  File "))


def test_a_file_with_a_colon_in_its_name(dis: Any, folder: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("no such names there")
    (folder / "a:b").write_text("pass\n")
    assert dis("a:b").out.startswith("<module>  a:b:")


def test_standard_input(folder: Path) -> None:
    ended = start([sys.executable, "-m", "lasti", "dis", "-"], cwd=folder, stdin="x = 1\n")
    assert (ended.code, ended.err) == (0, "")
    assert re.match(r"<module>  <stdin>:[01]\n", ended.out)
    ended = start([sys.executable, "-m", "lasti", "dis", "-:f", "--raw"], cwd=folder, stdin="def f(): pass\n")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("f  <stdin>:1\n")
    assert "co_code" in ended.out


PIPE = """\
import subprocess, sys
process = subprocess.Popen([sys.executable, "-m", "lasti", "dis", "prog.py"], stdout=-1, stderr=-1)
process.stdout.close()
print(process.stderr.read())
process.stderr.close()
process.wait()
"""


def test_nobody_reads(folder: Path) -> None:
    assert start([sys.executable, "-c", PIPE], cwd=folder) == Ended(0, "b''\n", "")


def test_help(folder: Path) -> None:
    ended = start([sys.executable, "-m", "lasti", "dis", "--help"], cwd=folder)
    assert ended.code == 0
    assert ended.out.startswith("usage: lasti dis [options] PROGRAM[:QUALNAME]")
    for taught in ("lasti dis prog.py:main", "--raw", "--json", "--color"):
        assert taught in ended.out
    assert start([sys.executable, "-m", "lasti", "dis"], cwd=folder).code == 2


def test_what_each_version_calls_an_addition(dis: Any) -> None:
    out = dis("seed.py:func").out
    assert ("BINARY_OP" in out) == PY311
    assert ("LOAD_FAST_BORROW" in out) == PY314
    assert ("RETURN_CONST" in out) == (PY312 and not PY314)
