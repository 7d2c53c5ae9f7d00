"""What the program writes is told when it is written, and the streams are still what they were."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

import pytest
from launcher import Ended, python

if TYPE_CHECKING:
    from pathlib import Path

FRAME = """\
import json, sys
from lasti.output import recorded
told = []
with recorded(lambda stream, text: told.append((stream, text))):
{body}
json.dump(told, open("told", "w"))
"""


def run(folder: Path, body: str, *flags: str, env: dict[str, str] | None = None) -> tuple[Ended, list[Any]]:
    """Run ``body`` under ``recorded`` in a new process; return how it ended and what was told."""
    source = FRAME.format(body=textwrap.indent(textwrap.dedent(body), "    "))
    ended = python(*flags, "-c", source, cwd=folder, env=env)
    assert ended.code == 0, ended.err
    return ended, json.loads((folder / "told").read_text())


def merged(told: list[Any]) -> dict[str, str]:
    return {name: "".join(text for stream, text in told if stream == name) for name in ("stdout", "stderr")}


@pytest.mark.parametrize("flags", [(), ("-u",)], ids=["buffered", "unbuffered"])
def test_everything_written_is_told_once_and_comes_out(tmp_path: Path, flags: tuple[str, ...]) -> None:
    body = r"""
        print("a", 1)
        sys.stdout.write("b\n")
        sys.stdout.writelines(["c\n", "d\n"])
        sys.stdout.buffer.write(b"bytes\n")
        print("é", file=sys.stderr)
    """
    ended, told = run(tmp_path, body, *flags)
    assert (ended.out, ended.err) == ("a 1\nb\nc\nd\nbytes\n", "é\n")
    assert merged(told) == {"stdout": ended.out, "stderr": ended.err}


def test_told_at_once_though_it_comes_out_later(tmp_path: Path) -> None:
    body = """
        print("now")
        assert told[0] == ("stdout", "now"), told
        import os
        os.write(1, b"before it\\n")
    """
    ended, _ = run(tmp_path, body)
    assert ended.out == "before it\nnow\n"


def test_the_streams_are_what_they_were(tmp_path: Path) -> None:
    show = """
        for stream in (sys.stdout, sys.stderr):
            print(repr(stream), stream.fileno(), stream.isatty(), stream.encoding, stream.errors, stream.mode,
                  stream.line_buffering, stream.name, stream.writable(), stream.readable(), stream.newlines)
        print(sys.stdout is sys.__stdout__, sys.stderr is sys.__stderr__)
    """
    for env in ({}, {"PYTHONIOENCODING": "latin-1:replace"}, {"PYTHONUTF8": "1"}):
        told, _ = run(tmp_path, show, env=env)
        plain = python("-c", "import sys\n" + textwrap.dedent(show), env=env)
        assert told == plain


def test_a_character_in_two_pieces_is_one_character(tmp_path: Path) -> None:
    _, told = run(tmp_path, r"sys.stdout.buffer.write(b'\xc3'); sys.stdout.buffer.write(b'\xa9')")
    assert told == [["stdout", "é"]]


def test_a_stream_that_the_program_puts_there_is_its_own(tmp_path: Path) -> None:
    body = """
        import contextlib, io
        with contextlib.redirect_stdout(io.StringIO()) as mine:
            print("mine")
        assert mine.getvalue() == "mine\\n"
        sys.stdout = mine
        print("still mine")
    """
    ended, told = run(tmp_path, body)
    assert (ended.out, told) == ("", [])


def test_the_streams_are_put_back(tmp_path: Path) -> None:
    source = """
        before = sys.stdout
        from lasti.output import recorded
        with recorded(lambda stream, text: None):
            assert sys.stdout is not before and sys.__stdout__ is sys.stdout
            print("inside", end="")
            sys.stderr.close()
        assert sys.stdout is before and sys.__stdout__ is before
        print(" outside")
    """
    ended = python("-c", "import sys\n" + textwrap.dedent(source))
    assert (ended.out, ended.code) == ("inside outside\n", 0)


@pytest.mark.parametrize("stream", ["None", "__import__('io').StringIO()"])
def test_what_is_no_stream_over_a_descriptor_is_left_alone(tmp_path: Path, stream: str) -> None:
    source = f"""
        from lasti.output import recorded
        sys.stdout = own = {stream}
        with recorded(lambda stream, text: None):
            assert sys.stdout is own
            print("x")
    """
    assert python("-c", "import sys\n" + textwrap.dedent(source)) == Ended(0, "", "")
