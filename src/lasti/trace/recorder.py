"""The recorder of traces: it has an encoder encode what an engine tells, and writes its blocks to a file.

The engine calls the encoder's own methods.  A block that is full is taken from the encoder by the thread that has
filled it, between two instructions; a thread of the recorder's own compresses those that wait and writes them to the
file, and twice a second what there is of the next one, so that a process that is killed loses no more.  Memory is
bounded by what may wait, by the activations that are alive, and by what the encoder remembers of each address at which
it has seen an object.

With ``last`` the trace is a ring (``ring.py``): it keeps the last steps and drops what was before them.

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
from _thread import start_new_thread
from contextlib import contextmanager
from datetime import datetime, timezone
from importlib.util import decode_source
from time import monotonic
from types import CodeType
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..bytecode import decode, nested_code
from ..errors import UsageError
from ..events import NULL
from ..versions import PY311
from .anatomy import plain
from .facts import Facts, analysis_of
from .loops import LoopEar, LoopWatch
from .ring import GENERATIONS, Ring
from .store import GROUP, MACHINE, Reader, Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from .encoder import Block

FLUSH_S = 0.5  # that often at least the writing thread writes what there is
PATIENCE_S = 0.9  # so long blocks may wait for it before the program waits
ENOUGH = 1_000_000  # bytes of blocks for which it is woken sooner: it takes the GIL several times for each transaction
MOST_WAITING = 32_000_000  # bytes that may wait; while the program computes it has the GIL every 5 ms at most


class TraceRecorder:
    """Record to the file ``path``, or in memory (None); a context manager.

    ``engine`` names what runs the program; with ``last``, at least so many steps are kept, and not many more; after
    ``most``, a little later, the recording ends by itself; with ``has_loops`` event loops are recorded as well;
    ``chosen`` says which clock, order and network the program's event loop has, where they are not the system's.
    UsageError when the file cannot be written.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        engine: str = "machine",
        last: int | None = None,
        chosen: Mapping[str, str] | None = None,
        most: int | None = None,
        has_loops: bool = True,
    ) -> None:
        self._ring = None if last is None else Ring(last)
        options = ({} if last is None else {"last": str(last)}) | ({"chosen": json.dumps(chosen)} if chosen else {})
        self._writer = Writer(path, _meta(engine) | options)
        self._to_take = most  # steps; None: all there will be
        self._has_enough = self._has_failed = False
        self._lock = threading.RLock()  # whoever has it works on what is below
        self._counters: dict[str, int] = {}  # of activations: one for each qualified name
        self._codes = 0
        self._qualnames: dict[int, str] = {}  # by id of code objects, which their outermost one keeps (3.10)
        self._threads = 0
        self._files: dict[str, int] = {}
        self._seen: dict[int, int] = {}  # object -> last block of this group in which it was pictured
        self._start = Start()
        self._number = 0  # of the block that is written next
        taken = self._taken = [0]  # how many blocks were taken, which may wait to be written
        self._numbers: dict[int, int] = {}  # of threads, by ident; the newest, when one comes again
        self._process = os.getpid()
        self.on_code: Callable[[CodeType], None] | None = None  # is told of each code object that is recorded
        self._loops: LoopWatch | None = None
        self.encoder = encoder = make_encoder(self._facts_of, self._number_of_thread, self._take, self._fail)
        self._mill = Mill(self._write, self._flush, getattr(encoder, "hide", _nothing))
        self.step, self.call, self.return_ = encoder.step, encoder.call, encoder.return_
        self.yield_, self.resume, self.throw = encoder.yield_, encoder.resume, encoder.throw
        self.unwind, self.handle, self.end = encoder.unwind, encoder.handle, encoder.end
        self.output = encoder.output
        self.loop_listener: LoopEar | None = None  # for lasti's own event loop
        if has_loops:
            self._loops = LoopWatch(encoder, lambda: taken[0])
            self._loops.begin()
            self.loop_listener = LoopEar(self._loops)
        self._mill.start()
        _live.add(self)

    # -- what users ask -------------------------------------------------------------------------------------------

    @property
    def is_off(self) -> bool:
        """Tell whether the recording has ended."""
        return bool(self.encoder.is_off)

    def reader(self) -> Reader:
        """Return a reader of what was recorded so far (of a recording in memory, also after its end)."""
        if not self.is_off:
            self._mill.finish_waiting()  # without our lock: the thread that writes wants it, and has the mill's
            self._flush()
        with self._lock:
            return Reader(self._writer.path or "the recording", self._writer.connection)

    def close(self) -> None:
        """End the recording; what is told from now on is not recorded."""
        last = self._end()
        if last is None and not self._has_enough:
            with self._lock:  # whose writing has failed just now has that to say, before the program is over
                return
        self._has_enough = False
        self._mill.stop()
        with self._lock:
            if last is not None:
                self._write([last])
            try:
                self._write_group()
                for key, value in (
                    ("ended", "true"),
                    ("steps", str(self._start.step)),
                    ("duration_ns", str(self._start.time)),
                ):
                    self._writer.add("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))
                self._writer.commit() if self._writer.path is None else self._writer.close()
            except (sqlite3.Error, OSError) as error:
                self._fail(error)

    def _end(self) -> Block | None:
        """Note nothing more; return the last block, None when all was over already, or is another process's."""
        if self._loops is not None:
            self._loops.end()
            self._loops = None  # it leads here; nobody shall have to wait for the garbage collector
        if self.is_off or os.getpid() != self._process:
            return None
        try:
            return self.encoder.take(True)  # type: ignore[no-any-return]
        finally:
            self.encoder.stop()

    def __enter__(self) -> TraceRecorder:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def forget(self) -> None:
        """Record nothing more and leave the file alone: this is a forked process, the trace is its parent's."""
        self.encoder.stop()
        _kept.append(self._writer)  # closing its connection here could damage the parent's file

    # -- what the encoder asks ------------------------------------------------------------------------------------

    def _facts_of(self, known: Any, qualname: str | None) -> Facts:
        """Work out what there is to know of a code object (the machine's knows its bytecode), and store it."""
        code = known if type(known) is CodeType else known.co
        analysis = analysis_of(code, lambda: decode(code) if code is known else known.bytecode)
        name = plain(self._qualname_of(code, qualname))
        with self._lock:
            self._codes += 1
            counter = self._counters.setdefault(name, len(self._counters))
            facts = Facts(code, analysis, name, self._codes, counter)
            row = facts.row(self._file(code.co_filename))
            self._writer.add(f"INSERT INTO codes VALUES ({', '.join('?' * len(row))})", row)
        if self._loops is not None:
            self._loops.begin()  # now that new code runs, asyncio may have been imported
        if self.on_code is not None:
            self.on_code(code)
        return facts

    def _qualname_of(self, code: CodeType, known: str | None) -> str:
        """Return a code object's qualified name; 3.10's do not know it, but the code around them does."""
        if PY311:
            return code.co_qualname
        name = self._qualnames.get(id(code)) or known or code.co_name
        self._qualnames |= {id(inner): found for found, inner in nested_code(code, name)}
        return name

    def _number_of_thread(self, ident: int) -> int:
        with self._lock:
            self._threads += 1
            self._numbers[ident] = self._threads
            self._writer.add("INSERT INTO threads VALUES (?, ?)", (self._threads, _name_of_thread(ident)))
            return self._threads

    def _take(self) -> None:
        """Take the block, which is full."""
        steps = self.encoder.steps
        is_due = self._ring is not None and self._ring.is_due(steps)
        if self._ring is not None and is_due:
            with self._lock:
                self._ring.announce(self._threads, self._live_threads())
        self._taken[0] += 1 + is_due  # first: what `_flush` takes from now on is of no use to it
        for block in self.encoder.renew(GENERATIONS) if is_due else (self.encoder.take(True),):
            self._mill.put(block)
        if is_due and self._loops is not None:
            self._loops.tell()
        if self._to_take is not None:
            self._to_take -= steps
            if self._to_take <= 0:  # what comes behind this block is none
                self._end()
                self._has_enough = True

    def _file(self, path: str) -> int:
        number = self._files.get(path)
        if number is None:
            number = self._files[path] = len(self._files) + 1
            self._writer.add("INSERT INTO files VALUES (?, ?, ?)", (number, _storable(path), _source(path)))
        return number

    # -- writing --------------------------------------------------------------------------------------------------

    def _write(self, blocks: list[Block]) -> None:
        """Write blocks that are over."""
        with self._lock:
            try:
                for block in blocks:
                    self._add_block(block)
                    for row in block.late:
                        self._writer.add("INSERT OR REPLACE INTO ends VALUES (?, ?)", row)
                    self._seen.update(dict.fromkeys(block.pictured, self._number))
                    if self._ring is not None and self._drop(self._ring, block):
                        self._writer.commit()  # there is room for what comes: the file does not grow
                    self._start = self._start.after(block, self._number)
                    self._number += 1
                    if self._number % GROUP == 0:
                        self._write_group()
                self._writer.commit()
            except (sqlite3.Error, OSError) as error:
                self._fail(error)

    def _flush(self) -> None:
        """Write what there is of the block that is being filled, unless it is full meanwhile."""
        if self.is_off:
            return
        taken = self._taken[0]
        block = self.encoder.take(False)  # without our lock: who has the encoder's, and fills it, will want ours
        with self._lock:
            try:
                if block.stream and taken == self._taken[0] == self._number and not self.is_off:
                    self._add_block(block)
                self._writer.commit()
            except (sqlite3.Error, OSError) as error:
                self._fail(error)

    def _drop(self, ring: Ring, block: Block) -> bool:
        """Drop the blocks that are no longer among the last steps, if there are any."""
        if block.is_renewed:
            ring.begin(self._number, self._start.step)
        segment = ring.first_to_keep(self._start.step + block.steps)
        if segment is not None:
            for statement, *row in segment.statements():
                self._writer.add(statement, row)
        return segment is not None

    def _live_threads(self) -> list[int]:
        """Return the numbers of the threads that have not ended."""
        known = {*threading._active, threading.main_thread().ident}  # type: ignore[attr-defined]
        self._numbers = {ident: number for ident, number in self._numbers.items() if ident in known}
        return list(self._numbers.values())

    def _add_block(self, block: Block) -> None:
        start = self._start
        keyframe = start.keyframe_of(block.keyframe if block.is_renewed and not block.steps else start.keyframe)
        row = (
            self._number, start.step, block.steps, start.activation, start.object, start.output, start.output_length,
            start.time,
        )  # fmt: skip
        columns = [keyframe, block.stream, block.births, block.pictures, block.output, block.rest, block.ends]
        columns.append(repr(block.pictured).encode())
        places = ", ".join("?" * (len(row) + len(columns)))
        self._writer.add(f"INSERT OR REPLACE INTO blocks VALUES ({places})", row, columns)

    def _write_group(self) -> None:
        """Write which objects were pictured in this group of blocks, and where last."""
        if self._seen:
            objects = repr([list(self._seen), list(self._seen.values())]).encode()
            first = (self._number - 1) // GROUP * GROUP
            self._writer.add("INSERT OR REPLACE INTO seen VALUES (?, ?)", (first,), [objects])
            self._seen.clear()

    def _fail(self, error: Exception) -> None:
        with self._lock:
            if self._has_failed:
                return
            self._has_failed = True
            self.encoder.stop()
            self._mill.give_up()
            path, steps = self._writer.path, self._written()
            what = f"the recording stopped after {steps} steps: cannot write {path!r}: {error} (the program goes on)"
            os.write(2, f"lasti: {what}\n".encode(errors="backslashreplace"))

    def _written(self) -> int:
        """Return how many steps the file has."""
        try:
            return self._writer.steps()
        except sqlite3.Error:  # nor can it be read
            return 0


class Start:
    """The numbers with which a block begins."""

    def __init__(self) -> None:
        self.keyframe = b"{}"
        self.step = 0
        self.activation = self.object = 1
        self.output = self.output_length = self.time = 0
        self.looped: int | None = None  # the last block that tells of event loops

    def keyframe_of(self, keyframe: bytes) -> bytes:
        """Return a keyframe that also says where to read of event loops."""
        if self.looped is None:
            return keyframe
        return b'{"loops":%d%b%b' % (self.looped, b"," * (keyframe != b"{}"), keyframe[1:])

    def after(self, block: Block, number: int) -> Start:
        """Return those of the next block; ``number`` is that of this one."""
        start = Start()
        start.looped = number if block.tells_of_loops else self.looped
        start.keyframe = block.keyframe
        start.step = self.step + block.steps
        start.activation, start.object = block.activations + 1, block.objects + 1
        start.output = self.output + block.outputs
        start.output_length, start.time = block.output_length, block.time
        return start


class Mill:
    """The thread that writes: blocks wait for it in a queue, and twice a second it writes what there is of the next.

    It is no ``threading.Thread``: the program does not see it among its own.
    """

    def __init__(
        self,
        write: Callable[[list[Block]], None],
        flush: Callable[[], None],
        hide: Callable[[], None],
    ) -> None:
        self._write = write
        self._flush = flush
        self._hide = hide  # from the encoder, which records what watched code does
        self._waiting: list[Block] = []
        self._size = self._size_written = 0  # bytes of all blocks: who puts them adds to one, who writes to the other
        self._late_from = 0.0  # the time from which blocks have waited too long
        self._bell = threading.Event()  # there is something to do
        self._at_work = threading.RLock()
        self._ended = threading.Event()  # the thread has
        self.is_over = False
        self._is_running = False
        self._is_writing = False

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._is_running = True
        self._ended.clear()
        start_new_thread(self._run, ())

    def put(self, block: Block) -> None:
        """Let a block be written; the caller does it itself when too much waits, or for too long."""
        now = monotonic()
        if not self._waiting:
            self._late_from = now + PATIENCE_S
        self._size += block.size
        self._waiting.append(block)
        if not self._is_running and not self.is_over:
            self.start()
        waiting = self._size - self._size_written
        if waiting > MOST_WAITING or now > self._late_from:
            self.finish_waiting()
        elif waiting > ENOUGH:
            self._bell.set()

    def finish_waiting(self) -> None:
        """Write the blocks that wait."""
        with self._at_work:
            if self._is_writing:  # a signal's handler has interrupted us, and filled a block
                return
            self._is_writing = True
            try:
                while self._waiting:
                    blocks = self._waiting[:]
                    self._write(blocks)
                    del self._waiting[: len(blocks)]
                    self._late_from = monotonic() + PATIENCE_S
                    self._size_written += sum(block.size for block in blocks)
            finally:
                self._is_writing = False

    def pause(self) -> None:
        """End the thread (before a fork, which wants no other threads); the next block begins another."""
        if self._is_running:
            self._is_running = False
            self._bell.set()
            self._ended.wait()

    def stop(self) -> None:
        """Write the blocks that wait, and end."""
        self.finish_waiting()
        self.is_over = True
        self.pause()
        self._write = self._flush = self._hide = _nothing

    def give_up(self) -> None:
        """End, and write nothing more."""
        self.is_over = True
        self._is_running = False
        self._waiting.clear()
        self._bell.set()

    def _run(self) -> None:
        self._hide()
        try:
            while self._is_running:
                is_due = not self._bell.wait(FLUSH_S)
                self._bell.clear()
                if self._waiting:
                    self.finish_waiting()
                if is_due and self._is_running:
                    self._flush()
        finally:
            self._ended.set()


def _nothing(*_: object) -> None:
    """Do nothing: the recording is over."""


def make_encoder(facts_of: Any, number_of_thread: Any, is_full: Any, failed: Any) -> Any:
    """Return an encoder: the one in C where it could be built, unless the environment has LASTI_ENCODER=python."""
    from ..native.extension import extension
    from . import encoder

    record = None if os.environ.get("LASTI_ENCODER") == "python" else extension()
    if record is None:
        return encoder.Encoder(facts_of, number_of_thread, is_full)
    from . import capture

    return record.Encoder(
        facts_of, number_of_thread, is_full, failed, capture, encoder.Block, encoder.MODULE_NAMES, NULL, HARMLESS
    )


_INNOCENT = (list, dict, set, frozenset, tuple, str, bytes, int, float)  # their methods change only their own object
HARMLESS = [
    *(len, isinstance, abs, min, max, sum, range, print, ord, chr, repr, id, type, zip),
    *(int, float, str, bool, enumerate, reversed),
    *(method for kind in _INNOCENT for method in vars(kind).values() if callable(method)),
]
"""What changes nothing but (if it is a method) what it is called on, when it is applied to built-in objects."""


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
        **MACHINE,
        "engine": engine,
        "argv": json.dumps(sys.argv),
        "cwd": _storable(os.getcwd()),
        "started": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
        "clock": "monotonic, ns since the recording began",
    }


# -- one at a time ------------------------------------------------------------------------------------------------

_going_on: list[str] = []  # the file of the recording, if there is one


@contextmanager
def sole(place: str) -> Iterator[None]:
    """Let there be no other recording of this process while the context lasts; UsageError when one goes on already."""
    if _going_on:
        raise UsageError(f"a recording goes on already, into {_going_on[0]}: stop it first")
    _going_on.append(place)
    try:
        yield
    finally:
        _going_on[:] = [other for other in _going_on if other is not place]


# -- forks --------------------------------------------------------------------------------------------------------

_live: weakref.WeakSet[TraceRecorder] = weakref.WeakSet()
_kept: list[Writer] = []


def _before_fork() -> None:
    for recorder in _live:
        recorder._mill.pause()
        recorder._lock.acquire()


def _after_fork() -> None:
    for recorder in _live:
        recorder._lock.release()


def _in_child() -> None:
    for recorder in _live:
        recorder._lock = threading.RLock()
        recorder.forget()
    _going_on.clear()  # what is recorded is the parent


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_in_child)
