"""A recording as JSON lines: an object for the trace, then one for each step and event, in order.

Every object has "type": "trace" (what the trace says of itself), "step" or "event".  Values are texts, as ``lasti
steps`` prints them; times are nanoseconds since the recording began; activations have their names ("worker#2").
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ..trace.pictures import text_of
from ..trace.records import StepRecord

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ..trace.pictures import Picture, Value
    from ..trace.records import Event
    from ..trace.timeline import Timeline

FORMAT = 1


def lines(timeline: Timeline) -> Iterator[str]:
    """Yield the lines, without their ends: ASCII, everything else escaped."""
    yield _line({"type": "trace", "format": FORMAT, "steps": len(timeline), "meta": dict(timeline.meta)})
    for item in timeline.items():
        yield _line(_step(item) if isinstance(item, StepRecord) else _event(timeline, item))


def _line(data: Mapping[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=True, separators=(",", ":"))


def _step(step: StepRecord) -> dict[str, Any]:
    at, code = step.instruction, step.activation.code
    return {
        "type": "step",
        "step": step.number,
        "thread": step.thread,
        "time": step.time,
        "activation": step.activation.name,
        "function": code.qualname,
        "file": code.file,
        "line": at.line,
        "offset": at.offset,
        "opname": at.opname,
        "oparg": at.oparg,
        "argument": at.argument,
        "stack": _texts(step.stack, step.objects),
        "changed": {name: None if v is None else text_of(v, step.objects) for name, v in step.changed.items()},
    }


def _event(timeline: Timeline, event: Event) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": "event",
        "event": event.kind,
        "step": event.step,
        "thread": event.thread,
        "time": event.time,
        "activation": None if event.activation is None else event.activation.name,
    }
    if event.origin:
        found["origin"] = timeline.activation(event.origin).name
    if event.values:
        found["values"] = _texts(event.values, event.objects)
    return found | {key: getattr(event, key) for key in ("stream", "text", "task", "by") if getattr(event, key)}


def _texts(values: Sequence[Value], objects: Mapping[int, Picture]) -> list[str]:
    return [text_of(value, objects) for value in values]
