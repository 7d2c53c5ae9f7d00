"""Show a program's bytecode, with the depth of the value stack before each instruction.

The program is compiled and not run.  With a qualified name only that function or class and what is within it are shown.
A line of the listing has: the source line, the depth of the value stack (- where no path leads), >> where a jump or an
exception may arrive, the offset in bytes, the opcode's name, its argument, and what that stands for.

examples:
  lasti dis prog.py                            the module, then everything in it
  lasti dis prog.py:main                       one function
  lasti dis prog.py:Class.method               a method; prog.py:outer.inner for a function within a function
  lasti dis --raw prog.py:main                 the bytes of co_code beside the names
  lasti dis --json prog.py | head -1           JSON, an instruction a line
  lasti dis -                                  the program on standard input; -:main for a function in it
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence
    from types import CodeType

NAMES = 8  # as many are listed when the one that was asked for is not there


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Say what ``lasti dis`` understands."""
    parser = subparsers.add_parser("dis", usage="lasti dis [options] PROGRAM[:QUALNAME]")
    parser.add_argument("--raw", action="store_true", help="show the bytes of co_code beside the names")
    parser.add_argument("--json", action="store_true", help="print a JSON object for each instruction, one a line")
    parser.add_argument(
        "--color", choices=["auto", "always", "never"], default="auto", help="colours in the listing (default: auto)"
    )
    parser.add_argument("target", metavar="PROGRAM[:QUALNAME]", help="a Python file, or - for standard input")


def split(words: list[str]) -> tuple[list[str], list[str]]:
    """Put ``-:QUALNAME``, of standard input, where argparse does not take it for an option."""
    targets = [word for word in words if word.startswith("-:")]
    return [*(word for word in words if word not in targets), *(["--", *targets] if targets else [])], []


def run(args: argparse.Namespace) -> int:
    """Print the listing; return 0, or 2 when the program is not valid Python."""
    path, qualname = split_target(args.target)
    try:
        code = compiled(path)
    except SyntaxError as error:
        show_syntax_error(error)
        return 2
    from ..bytecode import nested_code
    from ..terminal import print_lines, wants_colour

    found = chosen(list(nested_code(code)), path, qualname)
    print_lines(_json_lines(found) if args.json else _listings(found, args.raw, wants_colour(args.color)))
    return 0


def _listings(found: Sequence[tuple[str, CodeType]], raw: bool, colour: bool) -> Iterator[str]:
    from ..bytecode import decode
    from ..view.interleaving import Style
    from ..view.listing import listing

    for number, (name, code) in enumerate(found):
        yield from ["", ""] if number else []
        yield from listing(decode(code), name, raw, Style(colour=colour))


def _json_lines(found: Sequence[tuple[str, CodeType]]) -> Iterator[str]:
    import json

    from ..bytecode import decode
    from ..view.listing import records

    return (json.dumps(record) for name, code in found for record in records(decode(code), name))


# -- what is asked for ------------------------------------------------------------------------------------------


def split_target(target: str) -> tuple[str, str]:
    """Split ``PROGRAM:QUALNAME``; the second is "" without a colon, or when there is a file of the whole name."""
    path, colon, qualname = target.rpartition(":")
    if not colon or os.path.exists(target) or os.sep in qualname:
        return target, ""
    if not qualname or not path:
        missing = "a function or class behind" if path else "a program before"
        raise UsageError(f"{target!r}: name {missing} the colon, as in prog.py:main")
    return path, qualname


def compiled(path: str) -> CodeType:
    """Compile a file or standard input as ``python`` would; UsageError when there is nothing to compile."""
    from ..program import _READERS, Program, nearby

    if path != "-" and not os.path.exists(path):
        raise UsageError(f"no such file: {path!r}{nearby(path)}")
    if os.path.isdir(path):
        raise UsageError(f"{path!r} is a folder: name a Python file in it")
    program = Program("stdin" if path == "-" else "file", path)
    code_of, _, _ = _READERS[program.kind](program)
    try:
        code: CodeType = code_of({})
    except (RecursionError, MemoryError, OverflowError) as error:
        raise UsageError(f"Python's compiler gives up on {path!r}: {error or type(error).__name__}") from None
    return code


def show_syntax_error(error: SyntaxError) -> None:
    """Print what ``python`` prints of a file that it cannot compile."""
    import traceback

    traceback.print_exception(type(error), error, None)


def chosen(every: list[tuple[str, CodeType]], path: str, qualname: str) -> list[tuple[str, CodeType]]:
    """Return the code objects called ``qualname``, then those within them; all without a qualname.

    On 3.15 the code of ``f.__annotate__`` stands before that of ``f``.  ``.<locals>`` may be left out.
    UsageError, with the names that come nearest, when there is none.
    """
    if not qualname:
        return every
    wanted = _short(qualname)
    found = [pair for pair in every if _short(pair[0]) == wanted or _short(pair[0]).startswith(wanted + ".")]
    if not any(_short(name) == wanted for name, _ in found):
        raise UsageError(f"{path!r} has no function or class {qualname!r}{_instead(every, wanted)}")
    return sorted(found, key=lambda pair: _short(pair[0]) != wanted)


def _short(qualname: str) -> str:
    return qualname.replace(".<locals>", "")


def _instead(every: list[tuple[str, CodeType]], wanted: str) -> str:
    """Return what to say of the names that there are."""
    from difflib import get_close_matches

    names = list(dict.fromkeys(_short(name) for name, _ in every if name != "<module>"))
    if not names:
        return ": there are none in it"
    last = {name: name.rpartition(".")[2] for name in names}
    near = [name for name in names if last[name] == wanted] or get_close_matches(wanted, names, n=3)
    if near:
        return "; did you mean " + " or ".join(map(repr, near)) + "?"
    more = ", ..." if len(names) > NAMES else ""
    return f" (it has {', '.join(names[:NAMES])}{more})"
