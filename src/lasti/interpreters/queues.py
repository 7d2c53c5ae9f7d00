"""``concurrent.interpreters.Queue`` for 3.10 to 3.13: items in a channel, counted by the bytes in a pipe.

A channel cannot be waited for; a pipe can.  Whoever puts an item sends it through the channel, then writes one byte;
whoever gets one reads a byte first, and then knows that an item is there.  With a ``maxsize`` a second pipe holds a
byte for each place that is free.  A pipe holds 65,536 bytes: so many items fit into a queue at most.

The queue ends with the object that ``create_queue`` returned; whoever still has a copy then gets QueueNotFoundError.
"""

from __future__ import annotations

import os
import queue
import time
from fcntl import ioctl
from select import select
from struct import unpack
from termios import FIONREAD

from . import lowlevel
from .crossing import dumped, loaded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


MOST = 65536  # bytes in a pipe


class QueueError(RuntimeError):
    """Base of what can go wrong with a queue."""


class QueueNotFoundError(QueueError):
    """The queue has ended: the object that ``create_queue`` returned is gone."""


class QueueEmpty(QueueError, queue.Empty):
    """Nothing to get."""


class QueueFull(QueueError, queue.Full):
    """No room to put anything."""


class _Unbound:
    """What ``get`` returns in the place of an item whose interpreter has ended."""

    def __repr__(self) -> str:
        return "UNBOUND"

    def __reduce__(self) -> str:
        return "UNBOUND"


UNBOUND = _Unbound()


class Counter:
    """A number in a pipe, as so many bytes: ``add`` and ``take`` from any thread of any interpreter."""

    def __init__(self, reader: int, writer: int) -> None:
        self.ends = (reader, writer)

    @classmethod
    def create(cls, number: int = 0) -> Counter:
        """Make a pipe with ``number`` bytes in it."""
        counter = cls(*os.pipe())
        for end in counter.ends:
            os.set_blocking(end, False)
        while number:
            number -= os.write(counter.ends[1], bytes(number))
        return counter

    @property
    def address(self) -> tuple[int, int, int]:
        """What another interpreter needs to find the pipe: its descriptors, and its inode to know it by."""
        return (*self.ends, os.fstat(self.ends[0]).st_ino)

    @classmethod
    def copy(cls, reader: int, writer: int, inode: int) -> Counter:
        """Open a pipe of another interpreter; QueueNotFoundError when it is no longer there."""
        found: list[int] = []
        try:
            for end in (reader, writer):
                found.append(os.dup(end))
                if os.fstat(found[-1]).st_ino != inode:  # the number belongs to another file by now
                    raise OSError
        except OSError:
            for end in found:
                os.close(end)
            raise QueueNotFoundError("the queue has ended") from None
        return cls(*found)

    def value(self) -> int:
        """Return the number."""
        return int(unpack("i", ioctl(self.ends[0], FIONREAD, b"\0" * 4))[0])

    def add(self, deadline: float | None) -> bool:
        """Add one, waiting for room until ``deadline`` (of ``time.monotonic``; None: for ever); tell whether it did."""
        return self._until(deadline, self.ends[1], lambda: os.write(self.ends[1], b"\0") == 1)

    def take(self, deadline: float | None) -> bool:
        """Take one away, waiting until ``deadline``; tell whether it did."""
        return self._until(deadline, self.ends[0], lambda: len(os.read(self.ends[0], 1)) == 1)

    def has_room(self, deadline: float | None) -> bool:
        """Wait until one more can be added, or until ``deadline``; tell whether it can."""
        return self._until(deadline, self.ends[1], self._check_room)

    def _check_room(self) -> bool:
        if self.value() >= MOST:
            raise BlockingIOError
        return True

    def _until(self, deadline: float | None, end: int, attempt: Any) -> bool:
        while True:
            try:
                return bool(attempt())
            except BlockingIOError:
                pass  # wait
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return False
            reads, writes = ([end], []) if end == self.ends[0] else ([], [end])
            select(reads, writes, [], left)

    def close(self) -> None:
        """Close this interpreter's ends."""
        for end in self.ends:
            try:
                os.close(end)
            except OSError:
                pass  # closed already


class Queue:
    """A queue between interpreters; made by ``create_queue``, and copied by being sent into another interpreter."""

    def __init__(self, channel: Any, maxsize: int, items: Counter, room: Counter | None, *, is_own: bool) -> None:
        self._channel = channel
        self._maxsize = maxsize
        self._items = items
        self._room = room
        self._is_own = is_own

    def __reduce__(self) -> tuple[Any, ...]:
        room = None if self._room is None else self._room.address
        return _copied, (self.id, self._maxsize, self._items.address, room)

    def __del__(self) -> None:
        if not hasattr(self, "_items"):
            return  # was never made
        for counter in (self._items, self._room):
            if counter is not None:
                counter.close()
        if self._is_own:
            try:
                lowlevel.close_channel(self._channel)
            except (RuntimeError, SystemError):
                pass  # gone already; or, on 3.10 and 3.11, it held something of an interpreter that is gone

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.id})"

    @property
    def id(self) -> int:
        """The queue's number, unique in the process."""
        return int(self._channel)

    @property
    def maxsize(self) -> int:
        """How many items the queue holds at most; 0: as many as fit."""
        return self._maxsize

    def qsize(self) -> int:
        """Return how many items are in the queue."""
        return self._items.value()

    def empty(self) -> bool:
        """Tell whether there is nothing to get."""
        return self.qsize() == 0

    def full(self) -> bool:
        """Tell whether there is no room."""
        return self.qsize() >= MOST if self._room is None else self._room.value() == 0

    def put(self, obj: Any, block: bool = True, timeout: float | None = None) -> None:
        """Put an item (it is pickled), waiting for room when ``block``; QueueFull after ``timeout`` seconds."""
        data = dumped(obj)
        deadline = _deadline(block, timeout)
        if not (self._items.has_room(deadline) if self._room is None else self._room.take(deadline)):
            raise QueueFull(f"queue {self.id} is full")
        try:
            lowlevel.send(self._channel, data)
        except lowlevel.ChannelGone:
            raise QueueNotFoundError("the queue has ended") from None
        self._items.add(None)

    def put_nowait(self, obj: Any) -> None:
        """Put an item, or raise QueueFull."""
        self.put(obj, block=False)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Take the first item, waiting for one when ``block``; QueueEmpty after ``timeout`` seconds."""
        if not self._items.take(_deadline(block, timeout)):
            raise QueueEmpty(f"queue {self.id} is empty")
        try:
            data = lowlevel.receive(self._channel)
        except lowlevel.ChannelGone:
            raise QueueNotFoundError("the queue has ended") from None
        if self._room is not None:
            self._room.add(None)
        return UNBOUND if data is None else loaded(data)

    def get_nowait(self) -> Any:
        """Take the first item, or raise QueueEmpty."""
        return self.get(block=False)


def _copied(channel: int, maxsize: int, items: tuple[int, int, int], room: tuple[int, int, int] | None) -> Queue:
    copy = Counter.copy(*items)
    return Queue(channel, maxsize, copy, None if room is None else Counter.copy(*room), is_own=False)


def _deadline(block: bool, timeout: float | None) -> float | None:
    if not block:
        return 0.0
    if timeout is None:
        return None
    if timeout < 0:
        raise ValueError("timeout value must be non-negative")
    return time.monotonic() + timeout


def create_queue(maxsize: int = 0) -> Queue:
    """Return a new queue that can be used from every interpreter; it holds ``maxsize`` items (0: 65,536)."""
    room = Counter.create(min(maxsize, MOST)) if maxsize > 0 else None
    return Queue(lowlevel.open_channel(), maxsize, Counter.create(), room, is_own=True)
