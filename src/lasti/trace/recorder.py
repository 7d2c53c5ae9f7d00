"""The recorder of traces: it turns what an engine tells into blocks of a trace, as the program runs.

Each thread has its ``Tape``; this is what they share: the numbers of activations, the pictures of objects, the code
objects, the output, and the *blocks*.  A block ends when a tape has grown to ``BLOCK`` fragments, at a moment when the
thread that notices it rests between two instructions; then it is compressed and its columns go to the ``Writer``.  What
there is of a block so far is written too, every half a second.  Memory is bounded by one block, by the activations
that are alive, and by what ``Gallery`` remembers.

When the trace can no longer be written, the recording stops, says so once on standard error, and the program goes on.
"""

from __future__ import annotations

import json
import linecache
import os
import sqlite3
import sys
import threading
import weakref
from datetime import datetime, timezone
from importlib.util import decode_source
from itertools import count
from json.encoder import encode_basestring_ascii as quote
from time import monotonic_ns
from typing import TYPE_CHECKING, Any

from .. import __version__
from .anatomy import plain
from .capture import Gallery
from .store import GROUP, Reader, Writer, pack
from .tape import BLOCK, BLOCK_SIZE, Tape, full_state
from .watched import Watched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..events import FrameLike
    from .tape import Activation

FLUSH_NS = 500_000_000
REST_NS = 50_000_000

# Names that every module has: not the program's variables.
MODULE_NAMES = frozenset(
    [
        "__name__",
        "__doc__",
        "__package__",
        "__loader__",
        "__spec__",
        "__file__",
        "__cached__",
        "__path__",
        "__builtins__",
        "__annotations__",
        "__annotate__",
        "__conditional_annotations__",
        "__warningregistry__",
    ]
)


class _PerThread(threading.local):
    tape: Tape | None = None


class TraceRecorder:
    """Record to the file ``path``, or in memory (None); a context manager.

    ``engine`` names what runs the program.  UsageError when the file cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None, engine: str = "machine") -> None:
        self.gallery = Gallery()
        self.lock = threading.RLock()
        self.began = monotonic_ns()
        self.is_off = False
        self.numbers = count(1)
        self.activations = 0  # number of the newest
        self.stubs: set[int] = set()  # addresses of the code objects of watched functions
        self.suspended: dict[int, Activation] = {}
        self.just_suspended: dict[int, None] = {}  # in this block
        self.codes: dict[int, Watched] = {}  # by address of the code object
        self.running: Tape | None = None  # the tape whose turn it is
        self.turns: list[int] = []
        self.tapes: dict[int, Tape] = {}  # those that have something in this block, or run
        self.births: list[str] = []  # of activations, in this block
        self.ends: list[tuple[int, int]] = []  # (activation, step), in this block
        self.pictures: list[str] = []
        self.outputs: list[str] = []
        self.output_length = 0  # characters
        self.size = 0
        self.block = 0
        self.first_step = 0
        self._is_busy = False
        self._local = _PerThread()
        self._thread_numbers = count(1)
        self._ordinals: dict[str, Iterator[int]] = {}
        self._files: dict[str, int] = {}
        self._seen: dict[int, int] = {}  # object -> last block of this group in which it was pictured
        self._output_count = self._output_before = 0
        self.flush_at = 0  # when it is time to write to the file
        self._rest_at = 0
        self._writer = Writer(path, _meta(engine))
        self._begin_block(keyframe="{}", first_object=1)
        _live.add(self)

    # -- what the engine tells ------------------------------------------------------------------------------------

    @property
    def step(self) -> Callable[[FrameLike], None]:
        """What to call before each instruction; it is fastest in the thread that asked for it."""
        return self.tape().step

    def step_of_thread(self, frame: FrameLike) -> None:
        """Record a step in the running thread, whichever tape it was told to."""
        self.tape().step(frame)

    def call(self, frame: FrameLike, caller: FrameLike | None) -> None:
        """Record a call."""
        if not self.is_off:
            (self._local.tape or self.tape()).call(frame, caller)

    def return_(self, frame: FrameLike, value: object) -> None:
        """Record a return."""
        if not self.is_off:
            (self._local.tape or self.tape()).return_(frame, value)

    def yield_(self, frame: FrameLike, value: object) -> None:
        """Record a suspension."""
        if not self.is_off:
            (self._local.tape or self.tape()).yield_(frame, value)

    def resume(self, frame: FrameLike, resumer: FrameLike | None, value: object) -> None:
        """Record that a suspended frame goes on."""
        if not self.is_off:
            (self._local.tape or self.tape()).resume(frame, resumer, value)

    def throw(self, frame: FrameLike, resumer: FrameLike | None, error: BaseException) -> None:
        """Record that an error is thrown into a suspended frame."""
        if not self.is_off:
            (self._local.tape or self.tape()).throw(frame, resumer, error)

    def unwind(self, frame: FrameLike, error: BaseException) -> None:
        """Record that an error leaves a frame."""
        if not self.is_off:
            (self._local.tape or self.tape()).unwind(frame, error)

    def end(self, frame: FrameLike) -> None:
        """Record that a suspended frame is over."""
        if not self.is_off:
            (self._local.tape or self.tape()).end(frame)

    def handle(self, frame: FrameLike, error: BaseException) -> None:
        """Record that an error is handled."""
        if not self.is_off:
            (self._local.tape or self.tape()).handle(frame, error)

    def output(self, stream: str, text: str) -> None:
        """Record output."""
        if not self.is_off:
            (self._local.tape or self.tape()).output(stream, text)

    # -- for tapes ------------------------------------------------------------------------------------------------

    def tape(self) -> Tape:
        """Return the tape of the running thread."""
        tape = self._local.tape
        if tape is None:
            with self.lock:
                tape = self._local.tape = Tape(self, next(self._thread_numbers))
                self._writer.add("INSERT INTO threads VALUES (?, ?)", (tape.number, _name_of_thread(tape.ident)))
        return tape

    def watched(self, frame: Any, tape: Tape) -> Watched:
        """Return what is known of a frame's code object."""
        return self.codes.get(id(frame.code.co)) or self.watch(frame, tape)

    def tick(self, tape: Tape) -> None:
        """End the block, if it is full; write to the file, if it is time.  ``tape`` is between two instructions."""
        if self._is_busy or self.is_off:
            return
        self._is_busy = True
        tape.is_late = False
        try:
            with self.lock:
                if len(tape.stream) >= max(BLOCK, len(tape.stack)) or self.size >= BLOCK_SIZE:
                    self._end_block()
                if monotonic_ns() >= self.flush_at:
                    self._flush()
        finally:
            self._is_busy = False

    def rest(self, tape: Tape) -> None:
        """Write what there is: no watched code runs in this thread now, and who knows for how long."""
        if monotonic_ns() >= self._rest_at and not self._is_busy:
            self.flush_at = 0
            self.tick(tape)

    def steps_so_far(self) -> int:
        """Return the number of the next step."""
        if len(self.tapes) == 1 and self.running is not None:
            return self.first_step + self.running.steps
        return self.first_step + sum(tape.steps for tape in self.tapes.values())

    def reader(self) -> Reader:
        """Return a reader of what was recorded so far (of a recording in memory, also after its end)."""
        with self.lock:
            if not self.is_off:
                self._flush()
            return Reader(self._writer.path or "the recording", self._writer.connection)

    # -- the end --------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """End the recording; what is told from now on is not recorded."""
        if self.is_off:
            return
        self._is_busy = True
        with self.lock:
            try:
                self._end_block()
                self._write_group()
                ended = {
                    "ended": "true",
                    "steps": str(self.first_step),
                    "duration_ns": str(monotonic_ns() - self.began),
                }
                for key, value in ended.items():
                    self._writer.add("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))
                self._stop()
                self._writer.close()
            except (sqlite3.Error, OSError) as error:
                self._fail(error)

    def __enter__(self) -> TraceRecorder:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def forget(self) -> None:
        """Record nothing more and leave the file alone: this is a forked process, the trace is its parent's."""
        self._stop()
        _kept.append(self._writer)  # closing its connection here could damage the parent's file

    def _stop(self) -> None:
        self.is_off = True
        self.suspended.clear()
        for tape in self.tapes.values():
            tape.current = 0
            tape.stack.clear()
            tape.held = None

    def _fail(self, error: Exception) -> None:
        self._stop()
        text = (
            f"lasti: the recording stopped after {self.first_step} steps: cannot write {self._writer.path!r}: {error}"
        )
        os.write(2, f"{text} (the program goes on)\n".encode(errors="backslashreplace"))

    # -- blocks ---------------------------------------------------------------------------------------------------

    def _begin_block(self, keyframe: str, first_object: int) -> None:
        self._keyframe = pack(keyframe)
        self._row = (
            self.first_step, self.activations + 1, first_object, self._output_count, self._output_before,
            monotonic_ns() - self.began,
        )  # fmt: skip

    def _end_block(self) -> None:
        """Write the block to the end and begin another; every activation's next step brings its whole state."""
        rest = self._rest()
        if self.running is not None:
            self.gallery.draw_stored(self.running.emit)
        keyframe, first_object = self._state(), self.gallery.seen + 1
        steps = self._write_block(rest, is_over=True)
        self.first_step += steps
        self.block += 1
        self.just_suspended.clear()
        self.gallery.begin_block(self.block)
        running = self.running
        self.tapes = {
            number: tape for number, tape in self.tapes.items() if tape.stack or tape.stream or tape is running
        }
        self.turns[:] = [] if running is None else [running.number]
        for tape in self.tapes.values():
            tape.current = 0
        if self.block % GROUP == 0:
            self._write_group()
        self._begin_block(keyframe, first_object)

    def _write_block(self, rest: list[str], is_over: bool) -> int:
        """Give the block, or what there is of it, to the writer; return its number of steps."""
        add = self._writer.add
        steps = 0
        for tape in list(self.tapes.values()):
            stream, times = tape.stream[:], tape.times[:]
            if not stream:
                continue
            steps += len(stream) - len(times) - tape.others if len(self.tapes) == 1 else sum(map(_is_step, stream))
            row = (self.block, tape.number, pack("\n".join(stream)), pack(json.dumps(_differences(times))))
            add("INSERT OR REPLACE INTO tapes VALUES (?, ?, ?, ?)", row)
            if is_over:
                # In place: the thread itself may be about to append.
                del tape.stream[: len(stream)], tape.times[: len(times)]
                tape.others = 0
        pictures, outputs, births, ends = self.pictures[:], self.outputs[:], self.births[:], self.ends[:]
        seen = sorted({int(line[1 : line.index(",")]) for line in pictures})
        first_step, first_activation, first_object, first_output, output_before, began = self._row
        columns = [self._keyframe, *(pack("\n".join(lines)) for lines in (births, pictures, outputs, rest))]
        columns += [pack(json.dumps(ends)), pack(json.dumps(seen))]
        block_row = (
            self.block,
            first_step,
            steps,
            first_activation,
            first_object,
            first_output,
            output_before,
            began,
        )
        marks = ", ".join("?" * (len(block_row) + 1 + len(columns)))
        add(f"INSERT OR REPLACE INTO blocks VALUES ({marks})", (*block_row, json.dumps(self.turns), *columns))
        if is_over:
            del self.pictures[: len(pictures)], self.outputs[: len(outputs)]
            del self.births[: len(births)], self.ends[: len(ends)]
            for number, step in ends:
                if number < first_activation:
                    add("INSERT OR REPLACE INTO ends VALUES (?, ?)", (number, step))
            self._seen.update(dict.fromkeys(seen, self.block))
            self._output_count += len(outputs)
            self._output_before = self.output_length
            self.size = 0
        return steps

    def _flush(self) -> None:
        """Write to the file what there is."""
        self._write_block([], is_over=False)
        try:
            self._writer.commit()
        except (sqlite3.Error, OSError) as error:
            self._fail(error)
        now = monotonic_ns()
        self.flush_at, self._rest_at = now + FLUSH_NS, now + REST_NS

    def _write_group(self) -> None:
        """Write which objects were pictured in this group of blocks, and where last."""
        if self._seen:
            objects = json.dumps([list(self._seen), list(self._seen.values())], separators=(",", ":"))
            first = (self.block - 1) // GROUP * GROUP
            self._writer.add("INSERT OR REPLACE INTO seen VALUES (?, ?)", (first, pack(objects)))
            self._seen.clear()

    def _state(self) -> str:
        """Return what is alive, as JSON: for each activation also the block in which it ran last."""
        alive = {number: each for number, each in self.suspended.items() if each.where() is not None}
        self.suspended = alive
        threads = {tape.number: [[each.number, each.block] for each in tape.stack] for tape in self.tapes.values()}
        suspended = [[each.number, each.block] for each in alive.values()]
        return json.dumps({"threads": threads, "suspended": suspended}, separators=(",", ":"))

    def _rest(self) -> list[str]:
        """Return the states in which the living activations that ran in this block will be found by the next."""
        lines: list[str] = []
        for tape in list(self.tapes.values()):
            for activation in reversed(tape.stack):
                if activation.block != self.block:
                    break
                lines += self._lines(activation, activation.frame, tape)
        here = self.running
        for number in self.just_suspended:
            suspended = self.suspended.get(number)
            frame = None if suspended is None else suspended.where()
            if suspended is not None and frame is not None and here is not None:
                lines += self._lines(suspended, frame, here)
        return lines

    def _lines(self, activation: Activation, frame: Any, tape: Tape) -> Iterator[str]:
        """Yield the line of an activation's state, and that of its names when its locals are kept by name."""
        is_current = tape.current == activation.number
        last = tape.last if is_current else activation.last if activation.last >= -1 else frame.pc
        writer = self.running or tape
        yield full_state(activation, last, frame, writer)
        names = getattr(frame, "locals", None)
        if type(names) is dict:
            texts = [
                f"{quote(name)}\t{self.gallery.text(value, writer.emit)}"
                for name, value in list(names.items())
                if type(name) is str and name not in MODULE_NAMES
            ]
            yield "\t".join([f"N{activation.number}", *texts])

    # -- code objects and files -----------------------------------------------------------------------------------

    def watch(self, frame: Any, tape: Tape) -> Watched:
        """Work out what there is to know of a frame's code object, and store it."""
        code = frame.code.co
        # 3.10's code objects do not know their qualified name; the machine's frames do.
        qualname = getattr(code, "co_qualname", None) or plain(getattr(frame, "function_qualname", code.co_name))
        with self.lock:
            ordinals = self._ordinals.setdefault(qualname, count(1))
            made = Watched(frame.code.bytecode, qualname, len(self.codes) + 1, ordinals)
            row = made.work_out(self._file(code.co_filename), lambda value: self.gallery.text(value, tape.emit))
            self.codes[id(code)] = made
            self._writer.add(f"INSERT INTO codes VALUES ({', '.join('?' * len(row))})", row)
        return made

    def _file(self, path: str) -> int:
        number = self._files.get(path)
        if number is None:
            number = self._files[path] = len(self._files) + 1
            row = (number, _storable(path), _source(path))
            self._writer.add("INSERT INTO files VALUES (?, ?, ?)", row)
        return number


def _is_step(fragment: str) -> bool:
    return fragment[:1] not in NO_STEPS or not fragment


NO_STEPS = frozenset("#~CRUYSTHO")


def _differences(times: list[int]) -> list[int]:
    """Return the first time and the differences between each and the next, which are shorter."""
    return [after - before for before, after in zip([0, *times], times)]


def _source(path: str) -> str | None:
    """Return the text of a source file, or None; of "<string>" and the like what linecache has been given."""
    known = linecache.cache.get(path)
    if known is not None and len(known) == 4:
        return _storable("".join(known[2]))
    try:
        with open(path, "rb") as file:
            return _storable(decode_source(file.read()))
    except (OSError, SyntaxError, ValueError, LookupError):
        return None


def _storable(text: str) -> str:
    """Return a text that SQLite takes: without lone surrogates."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _name_of_thread(ident: int) -> str:
    """Return the name of a thread; ``threading.current_thread`` would make an object for one that it does not know."""
    if ident == threading.main_thread().ident:
        return "MainThread"
    thread = threading._active.get(ident)  # type: ignore[attr-defined]
    name = None if type(thread) is not threading.Thread else thread._name  # type: ignore[attr-defined]
    return _storable(name) if type(name) is str else "thread"


def _meta(engine: str) -> dict[str, str]:
    return {
        "lasti": __version__,
        "python": sys.version.split()[0],
        "implementation": sys.implementation.name,
        "platform": sys.platform,
        "engine": engine,
        "argv": json.dumps(sys.argv),
        "cwd": _storable(os.getcwd()),
        "started": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
        "clock": "monotonic, ns since the recording began",
    }


# -- forks --------------------------------------------------------------------------------------------------------

_live: weakref.WeakSet[TraceRecorder] = weakref.WeakSet()
_kept: list[Writer] = []


def _before_fork() -> None:
    for recorder in _live:
        recorder.lock.acquire()


def _after_fork() -> None:
    for recorder in _live:
        recorder.lock.release()


def _in_child() -> None:
    for recorder in _live:
        recorder.lock = threading.RLock()
        recorder.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_in_child)
