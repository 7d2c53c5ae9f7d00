"""A recording as a Perfetto trace: a track for each task and thread, slices for frames, flows for wake-ups.

What comes out is the native format, ``Trace`` packets with track events (protos/perfetto/trace/ in Perfetto's sources),
which ui.perfetto.dev and the trace processor read.  Times are nanoseconds since the recording began.  On a task's track
lie its turns and, within them, the frames that ran: a slice lasts from a call or a resumption to the return or the
suspension.  What runs outside of tasks lies on its thread's track.  A flow leads from who woke a task to its next turn.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..trace.pictures import printable, quoted, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..trace.records import Event
    from ..trace.timeline import Timeline

SEQUENCE = 1  # all packets are of one writer
PROCESS, THREADS, TASKS = 1, 1 << 32, 1 << 48  # uuids: the process, thread n, task n
BEGIN, END, INSTANT = 1, 2, 3  # TrackEvent.Type
ENDS = frozenset({"return", "yield", "unwind", "end"})
BETWEEN = frozenset({"turn", "run", "select"})  # of the loop: no task is running
TOLD = {"task": "makes", "cancel": "cancels", "done": "is over", "throw": "throws", "handle": "handles"}


# -- protocol buffers ---------------------------------------------------------------------------------------------


def varint(number: int) -> bytes:
    """Return a number in base 128, the lowest digit first."""
    digits = bytearray()
    while number > 0x7F:
        digits.append(number & 0x7F | 0x80)
        number >>= 7
    digits.append(number)
    return bytes(digits)


def field_of(number: int, value: int | str | bytes) -> bytes:
    """Return a field: an unsigned number, or a text or message with its length; fixed64 is ``fixed``."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode("utf-8", "backslashreplace") if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def fixed(number: int, value: int) -> bytes:
    """Return a field of type fixed64."""
    return varint(number << 3 | 1) + value.to_bytes(8, "little")


def packet(*fields: bytes) -> bytes:
    """Return a TracePacket, as the field of a Trace that it is."""
    return field_of(1, b"".join([field_of(10, SEQUENCE), *fields]))


def descriptor(uuid: int, name: str, parent: int = 0, more: bytes = b"") -> bytes:
    """Return the packet that announces a track."""
    inner = field_of(1, uuid) + field_of(2, name) + (field_of(5, parent) if parent else b"") + more
    return packet(field_of(60, inner))


def track_event(
    kind: int,
    track: int,
    time: int,
    name: str = "",
    notes: dict[str, str] | None = None,
    begins: int = 0,
    ends: int = 0,
) -> bytes:
    """Return the packet of a track event; ``begins`` and ``ends`` are flows."""
    inner = field_of(9, kind) + field_of(11, track)
    if name:
        inner += field_of(23, name)
    for key, value in (notes or {}).items():
        inner += field_of(4, field_of(10, key) + field_of(6, value))
    inner += (fixed(47, begins) if begins else b"") + (fixed(48, ends) if ends else b"")
    return packet(field_of(8, time), field_of(11, inner))


# -- from events --------------------------------------------------------------------------------------------------


@dataclass
class _Thread:
    """What a thread does: its number, the task that has its turn, the open slices (activation, track)."""

    number: int
    task: int = 0
    open: list[tuple[int, int]] = field(default_factory=list)

    @property
    def track(self) -> int:
        return TASKS + self.task if self.task else THREADS + self.number


class Tracks:
    """Goes through a timeline's events and gives the packets."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._names = timeline.thread_names()
        self._threads: dict[int, _Thread] = {}
        self._tasks: dict[int, str] = {}
        self._flows: dict[int, int] = {}  # task -> the flow that leads to its next turn
        self._last_flow = 0
        self._time = 0

    def packets(self) -> Iterator[bytes]:
        """Yield the packets of the whole trace."""
        program = _program(self._timeline)
        yield descriptor(PROCESS, program, more=field_of(3, field_of(1, 1) + field_of(6, program)))
        for event in self._timeline.events():
            self._time = max(event.time, self._time)
            yield from self._event(event)
        for thread in self._threads.values():
            yield from self._close(thread)

    def _event(self, event: Event) -> Iterator[bytes]:
        thread = self._threads.get(event.thread)
        if thread is None:
            thread = self._threads[event.thread] = _Thread(len(self._threads))
            yield descriptor(THREADS + thread.number, str(self._names.get(event.thread, event.thread)), PROCESS)
        if event.task and event.task not in self._tasks:
            name = event.text if event.kind == "task" and event.text else f"task {event.task}"
            self._tasks[event.task] = name
            yield descriptor(TASKS + event.task, name, PROCESS)
        if event.kind in BETWEEN:
            yield from self._next_turn(thread, event)
        elif event.kind == "wake":
            yield self._wake(thread, event)
        elif event.kind in ("call", "resume", "throw"):
            yield from self._begin(thread, event)
        elif event.kind in ENDS:
            yield from self._end(thread, event)
        if event.kind in TOLD or event.kind == "output":
            yield self._instant(thread, event)

    def _next_turn(self, thread: _Thread, event: Event) -> Iterator[bytes]:
        if thread.task:
            while thread.open and thread.open[-1][1] == thread.track:
                yield track_event(END, thread.open.pop()[1], self._time)
            thread.task = 0
        if event.kind == "run" and event.task:
            thread.task = event.task
            thread.open.append((0, thread.track))
            flow = self._flows.pop(event.task, 0)
            yield track_event(BEGIN, thread.track, self._time, "turn", {"step": str(event.step)}, ends=flow)

    def _wake(self, thread: _Thread, event: Event) -> bytes:
        self._last_flow += 1
        self._flows[event.task] = self._last_flow
        name = f"wakes {self._tasks.get(event.task, '')}"
        notes = {"why": printable(event.text)} if event.text else {}
        return track_event(INSTANT, thread.track, self._time, name, notes, begins=self._last_flow)

    def _begin(self, thread: _Thread, event: Event) -> Iterator[bytes]:
        assert event.activation is not None
        if event.kind == "call" and event.activation.code.is_resumable:  # it only makes the generator or coroutine
            yield track_event(INSTANT, thread.track, self._time, f"makes {event.activation.name}")
            return
        notes = {"step": str(event.step), "file": event.activation.code.file}
        if event.values:
            notes["with"] = ", ".join(text_of(value, event.objects) for value in event.values)
        thread.open.append((event.activation.number, thread.track))
        yield track_event(BEGIN, thread.track, self._time, event.activation.name, notes)

    def _end(self, thread: _Thread, event: Event) -> Iterator[bytes]:
        assert event.activation is not None
        number = event.activation.number
        if not any(number == activation for activation, _ in thread.open):
            return
        while thread.open:
            activation, track = thread.open.pop()
            yield track_event(END, track, self._time)
            if activation == number:
                return

    def _instant(self, thread: _Thread, event: Event) -> bytes:
        if event.kind == "output":
            return track_event(INSTANT, thread.track, self._time, "output", {event.stream: quoted(event.text)})
        what = [text_of(value, event.objects) for value in event.values]
        if event.task:
            what = [self._tasks[event.task]]
        return track_event(INSTANT, thread.track, self._time, " ".join([TOLD[event.kind], *what]))

    def _close(self, thread: _Thread) -> Iterator[bytes]:
        while thread.open:
            yield track_event(END, thread.open.pop()[1], self._time)


def _program(timeline: Timeline) -> str:
    """Return the program's command line, as far as the trace has it."""
    try:
        return printable(" ".join(map(str, json.loads(timeline.meta["argv"])))) or "python"
    except (KeyError, TypeError, ValueError):
        return "python"
