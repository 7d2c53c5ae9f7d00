"""The command line: find the command, let it run, and turn lasti's own errors into one sentence and an exit code.

Exit codes: 0, or that of the program that was run; 1 for a program that failed as ``python`` has it; 2 for misuse;
70 for a bug of lasti's.  A command's module is imported only when it is used.
"""

from __future__ import annotations

import os
import sys

from . import __version__
from .errors import LastiError, MachineError
from .terminal import complain, give_up, print_lines
from .versions import NEWEST, OLDEST, is_supported

TYPE_CHECKING = False  # typing's own: to import it takes longer than all the rest of `lasti --version`
if TYPE_CHECKING:
    import argparse
    from types import ModuleType
    from typing import Any

# Command -> the first line of its module's docstring.
COMMANDS = {
    "run": "Run a program, and show who was resumed and who was suspended.",
    "steps": "List what a recording has: every step with its value stack, and the other events in between.",
    "view": "Look at a recording in the browser: source, bytecode, stack, frames and coroutines at every step.",
    "doctor": "Say which engines work on this Python, and why not.",
    "tui": "Look at a recording in the terminal: the panes and the keys of the page.",
    "picture": "Draw a recording: one moment, a strip of value stacks, or an animation.",
    "export": "Write a recording in a format of other tools: a Perfetto trace, or JSON lines.",
    "check": "Run a program on both engines, and compare every step of the two.",
    "dis": "Show a program's bytecode, with the depth of the value stack before each instruction.",
    "scan": "Scan TCP ports by connecting to them, in one of four models of concurrency, or in all four side by side.",
}

HELP = """\
usage: lasti COMMAND ...

lasti runs Python programs on frames of its own, and shows what happens in them.

commands:
{commands}

  lasti COMMAND --help   what a command does, with examples
  lasti --version        lasti's version

examples:
  lasti run examples/coroutine.py              who was resumed, who was suspended, in which order
  lasti run -o run.lasti examples/coroutine.py
  lasti steps run.lasti                        every step: instruction, value stack, what changed
  lasti view run.lasti                         the same in the browser: back and forth in it
  lasti dis examples/coroutine.py:coroutine1   its bytecode, with the depth of the stack
  lasti scan localhost -p 8000-8100            open ports; four models of concurrency to find them
"""


def main(argv: list[str] | None = None) -> int:
    """Run ``lasti`` with ``argv`` (default: the words of the command line); return the exit code."""
    words = sys.argv[1:] if argv is None else argv
    try:
        return _main(words, is_process=argv is None)
    except LastiError as error:
        complain(str(error))
        return 70 if isinstance(error, MachineError) else 2
    except BrokenPipeError:
        give_up(1)
        return 1


def _main(words: list[str], *, is_process: bool) -> int:
    if words in (["--version"], ["-V"]):
        print_lines([f"lasti {__version__}"])
        return 0
    if not is_supported():
        complain(f"this is {_interpreter()}; lasti needs CPython {_dotted(OLDEST)} to {_dotted(NEWEST)}")
        return 2
    if not words or words[0] in ("-h", "--help", "help"):
        print_lines([help_text()])
        return 0
    name, *rest = words
    if name not in COMMANDS:
        complain(_unknown(name, rest))
        return 2
    command = command_module(name)
    args = parse(command, name, rest)
    args.is_process = is_process  # the words are the process's own, not a caller's
    code = command.run(args)
    return int(code)


def command_module(name: str) -> ModuleType:
    """Import the module of a command."""
    from importlib import import_module

    return import_module(f".commands.{name}", __package__)


def parse(command: ModuleType, name: str, words: list[str]) -> argparse.Namespace:
    """Parse the words behind the command's name; a command that has ``split`` gets the rest as ``args.words``."""
    import argparse
    from functools import partial

    split = getattr(command, "split", None)
    own, others = split(words) if split is not None else (words, [])
    parser = argparse.ArgumentParser(prog="lasti", add_help=False)
    # `prog`, and a width for the formatter that checks each argument: without them argparse imports shutil to ask how
    # wide the terminal is, and shutil imports three compressors.
    checked: Any = partial(argparse.ArgumentParser, formatter_class=partial(argparse.HelpFormatter, width=80))
    subparsers: argparse._SubParsersAction[argparse.ArgumentParser]
    subparsers = parser.add_subparsers(prog="lasti", parser_class=checked)
    command.add_parser(subparsers)
    parser_of_command = subparsers.choices[name]
    parser_of_command.description = parser_of_command.description or command.__doc__
    parser_of_command.formatter_class = argparse.RawDescriptionHelpFormatter
    args = parser_of_command.parse_args(own)
    args.words = others
    return args


def help_text() -> str:
    """Return what ``lasti --help`` prints."""
    width = max(map(len, COMMANDS))
    return HELP.format(commands="\n".join(f"  {name:{width}}   {text}" for name, text in COMMANDS.items())).rstrip()


# -- complaints -------------------------------------------------------------------------------------------------


def _unknown(name: str, rest: list[str]) -> str:
    if name.startswith("-"):
        return f"unknown option {name!r}; see lasti --help"
    if os.path.exists(name) or name.endswith(".py"):
        return f"{name!r} is no command; to run it: lasti run {' '.join([name, *rest])}"
    from difflib import get_close_matches

    near = get_close_matches(name, COMMANDS, n=1)
    meant = f"; did you mean {near[0]!r}?" if near else ""
    return f"{name!r} is no command (there are {', '.join(COMMANDS)}){meant}"


def _interpreter() -> str:
    version = sys.version.split()[0]
    return f"{sys.implementation.name} {version}".replace("cpython", "CPython")


def _dotted(version: tuple[int, int]) -> str:
    return "{}.{}".format(*version)
