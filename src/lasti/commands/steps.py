"""List what a recording has: every step with its value stack, and the other events in between.

A line of the listing has: the step's number, the activation, the source line, the offset in bytes, the opcode's name,
what its argument means, the value stack (bottom to top), and the locals that have changed since the activation's last
step.  Calls, returns, yields, resumptions, exceptions and output stand where they happened.

examples:
  lasti run -o run.lasti prog.py               record
  lasti steps run.lasti                        everything
  lasti steps run.lasti --from 100 --to 120    the steps 100 to 119
  lasti steps run.lasti --function worker      of one function; or of one activation: --function 'worker#2'
  lasti steps run.lasti --json | head -1       JSON, a step or an event a line
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from ..trace.timeline import Event, StepRecord, Timeline


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Say what ``lasti steps`` understands."""
    parser = subparsers.add_parser("steps", usage="lasti steps [options] TRACE")
    parser.add_argument("--json", action="store_true", help="print a JSON object for each step and event, one a line")
    parser.add_argument("--from", dest="begin", type=int, default=0, metavar="A", help="begin with step A (default: 0)")
    parser.add_argument("--to", dest="end", type=int, metavar="B", help="stop before step B (default: at the end)")
    parser.add_argument("--function", metavar="NAME", help="only this function, or this activation (worker#2)")
    parser.add_argument("trace", metavar="TRACE", help="a file that `lasti run -o` wrote")


def run(args: argparse.Namespace) -> int:
    """Print the listing; return 0, or 1 when a part of the trace cannot be read."""
    from ..terminal import complain, print_lines
    from ..trace.timeline import Timeline

    if args.begin < 0:
        raise UsageError(f"--from {args.begin}: steps are numbered from 0")
    if args.end is not None and args.end < args.begin:
        raise UsageError(f"--from {args.begin} --to {args.end}: expected two step numbers, the smaller first")
    with Timeline.open(args.trace) as timeline:
        if args.begin > len(timeline):
            raise UsageError(f"--from {args.begin}: {args.trace!r} has {len(timeline)} steps, numbered from 0")
        if args.function is not None and not any(each.is_called(args.function) for each in timeline.activations()):
            raise UsageError(f"--function {args.function!r}: no function of that name was called in {args.trace!r}")
        print_lines(_json_lines(timeline, args) if args.json else _lines(timeline, args))
        if timeline.note:
            complain(timeline.note)
        if timeline.problem:
            complain(timeline.problem)
            return 1
    return 0


def _items(timeline: Timeline, args: argparse.Namespace) -> Iterator[StepRecord | Event]:
    return timeline.items(args.begin, args.end, args.function)


# -- text -------------------------------------------------------------------------------------------------------


def _lines(timeline: Timeline, args: argparse.Namespace) -> Iterator[str]:
    from ..trace.timeline import StepRecord

    for item in _items(timeline, args):
        yield _step_line(item) if isinstance(item, StepRecord) else _event_line(item)


def _step_line(step: StepRecord) -> str:
    from ..trace.pictures import text_of

    at = step.instruction
    stack = ", ".join(text_of(value, step.objects) for value in step.stack)
    changed = "".join(f"  {name}={_shown(value, step)}" for name, value in step.changed.items())
    line = "-" if at.line is None else at.line
    words = f"{at.opname:<24} {at.argument}".rstrip()
    return f"{step.number:>7}  {step.activation.name:<16} {line:>5} {at.offset:>5}  {words:<40} [{stack}]{changed}"


def _shown(value: Any, step: StepRecord) -> str:
    from ..trace.pictures import text_of

    return "(gone)" if value is None else text_of(value, step.objects)


def _event_line(event: Event) -> str:
    name = "" if event.activation is None else event.activation.name
    return f"{'':>7}  {name:<16} {event.kind:<8} {_event_text(event)}".rstrip()


def _event_text(event: Event) -> str:
    from ..trace.pictures import quoted, text_of

    if event.kind == "output":
        return f"{event.stream} {quoted(event.text)}"
    if event.kind in LOOP_EVENTS:
        return " ".join(
            [f"task {event.task}"] * bool(event.task) + [event.text] + [f"by task {event.by}"] * bool(event.by)
        )
    return ", ".join(text_of(value, event.objects) for value in event.values)


# -- JSON -------------------------------------------------------------------------------------------------------

LOOP_EVENTS = ("task", "wake", "turn", "run", "select", "cancel", "done")
KEYS = (
    "step", "event", "activation", "function", "file", "line", "offset", "opname", "arg", "argval", "stack", "locals",
    "text",
)  # fmt: skip


def _json_lines(timeline: Timeline, args: argparse.Namespace) -> Iterator[str]:
    import json

    from ..trace.timeline import StepRecord

    for item in _items(timeline, args):
        found = _step_fields(item) if isinstance(item, StepRecord) else _event_fields(item)
        activation = item.activation
        if activation is not None:
            found |= {"activation": activation.name, "function": activation.code.qualname, "file": activation.code.file}
        yield json.dumps({key: found.get(key) for key in KEYS}, ensure_ascii=True)


def _step_fields(step: StepRecord) -> dict[str, Any]:
    from ..trace.pictures import text_of

    at = step.instruction
    return {
        "step": step.number,
        "event": "step",
        "line": at.line,
        "offset": at.offset,
        "opname": at.opname,
        "arg": at.oparg,
        "argval": at.argument,
        "stack": [text_of(value, step.objects) for value in step.stack],
        "locals": {
            name: None if value is None else text_of(value, step.objects) for name, value in step.changed.items()
        },
    }


def _event_fields(event: Event) -> dict[str, Any]:
    return {"step": event.step, "event": event.kind, "text": _event_text(event)}
