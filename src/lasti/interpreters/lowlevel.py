"""The C modules under subinterpreters on 3.10 to 3.13, as one set of functions.

``_xxsubinterpreters`` (3.10 to 3.12) hands out ``InterpreterID`` objects, integers that keep their interpreter alive;
``_interpreters`` (3.13) counts references to plain integers.  Channels are in ``_xxsubinterpreters`` on 3.10 and 3.11,
in ``_xxinterpchannels`` on 3.12; 3.13 has queues, ``_interpqueues``.

Source: CPython Modules/_xxsubinterpretersmodule.c and _xxinterpchannelsmodule.c, _interpretersmodule.c and
_interpqueuesmodule.c
"""

from __future__ import annotations

from _thread import allocate_lock, get_ident

from ..errors import UsageError
from ..versions import PY312, PY313

TYPE_CHECKING = False  # typing's own: to import it would take each interpreter longer than all the rest
if TYPE_CHECKING:
    from typing import Any


def _module(name: str) -> Any:
    try:
        return __import__(name)
    except ImportError as error:
        raise UsageError(f"this Python was built without subinterpreters (it has no module {name})") from error


_modules = _module("_interpreters" if PY313 else "_xxsubinterpreters")
_channels = _modules if not PY312 else _module("_interpqueues" if PY313 else "_xxinterpchannels")


class InterpreterError(Exception):
    """An interpreter cannot do what it was asked for: it runs already, it is the current one..."""


class InterpreterNotFoundError(InterpreterError):
    """There is no interpreter with this number (any more)."""


# -- interpreters -------------------------------------------------------------------------------------------------


class _Turnstile:
    """Lets many threads make and end interpreters side by side, and one list them while nobody does.

    CPython walks through its list of them without a lock, though each may have a GIL of its own (3.12+): the process
    crashes when one of them comes or goes meanwhile.
    """

    def __init__(self) -> None:
        self._room = allocate_lock()  # those who change have it together, or the one who lists
        self._counting = allocate_lock()
        self._changing = 0
        self._inside: list[int] = []  # threads

    def change(self, function: Any, *args: Any) -> Any:
        """Call what makes or ends an interpreter."""
        if get_ident() in self._inside:  # an object died in the middle of all this
            return function(*args)
        self._inside.append(get_ident())
        try:
            with self._counting:
                self._changing += 1
                if self._changing == 1:
                    self._room.acquire()
            try:
                return function(*args)
            finally:
                with self._counting:
                    self._changing -= 1
                    if not self._changing:
                        self._room.release()
        finally:
            self._inside.remove(get_ident())

    def list(self, function: Any, *args: Any) -> Any:
        """Call what lists interpreters."""
        if get_ident() in self._inside:
            return function(*args)
        self._inside.append(get_ident())
        try:
            with self._room:
                return function(*args)
        finally:
            self._inside.remove(get_ident())


_turnstile = _Turnstile()


def _let_go(hold: Hold) -> None:
    if hold.reference is None:
        return
    if not PY313:
        _turnstile.change(hold.__dict__.clear)
        return
    try:
        _turnstile.change(_modules.decref, hold.number)
    except _modules.InterpreterNotFoundError:
        pass  # closed already


class Hold:
    """Keeps the interpreter of that ``number`` alive: it ends with its last hold.

    An object of its own, for what has a ``__del__`` is still found by weak references while that runs.
    """

    def __init__(self, number: int, reference: Any) -> None:
        self.number = number
        self.reference = reference  # what keeps it: an InterpreterID up to 3.12, then a count; None holds nothing

    def __del__(self, let_go: Any = _let_go) -> None:
        let_go(self)


def create() -> Hold:
    """Make an interpreter, with its own GIL from 3.12 on."""
    return _turnstile.change(_made)  # type: ignore[no-any-return]


def _made() -> Hold:
    number = _modules.create(reqrefs=True) if PY313 else _modules.create()
    return _held(number)


def hold(number: int) -> Hold:
    """Keep an interpreter alive; InterpreterNotFoundError when there is none of that number.

    The main interpreter and the current one are not held: they live on as it is.
    """
    if number in (main(), current()):
        return Hold(number, None)
    return _turnstile.list(_found, number)  # type: ignore[no-any-return]


def _found(number: int) -> Hold:
    if number not in _list():
        raise InterpreterNotFoundError(f"unrecognized interpreter ID {number}")
    return _held(number if PY313 else _modules.InterpreterID(number))


def _held(reference: Any) -> Hold:
    if PY313:
        _modules.incref(reference)
    return Hold(int(reference), reference)


def numbers() -> list[int]:
    """Return the numbers of all interpreters."""
    return _turnstile.list(_list)  # type: ignore[no-any-return]


def _list() -> list[int]:  # no InterpreterID leaves it: the last one to go would end its interpreter wherever that is
    return [found[0] for found in _modules.list_all()] if PY313 else list(map(int, _modules.list_all()))


def current() -> int:
    """Return the number of the interpreter that this code runs in."""
    return int(_modules.get_current()[0] if PY313 else _modules.get_current())


def main() -> int:
    """Return the number of the main interpreter."""
    return int(_modules.get_main()[0] if PY313 else _modules.get_main())


def is_running(number: int) -> bool:
    """Tell whether code runs in an interpreter."""
    try:
        return bool(_asked(_modules.is_running, number))
    except InterpreterNotFoundError:
        raise
    except InterpreterError:  # 3.10 and 3.11 cannot tell when it has several threads: one of them runs
        return True


def destroy(number: int) -> None:
    """End an interpreter; raise InterpreterError when it runs or is the current one."""
    _asked(lambda each: _turnstile.change(_modules.destroy, each), number)


def run(number: int, script: str, shared: dict[str, Any] | None = None) -> None:
    """Run a script in an interpreter's ``__main__``, with the names in ``shared``; it handles its own exceptions."""
    failure = _asked(_modules.run_string, number, script, shared or {})
    if failure is not None:  # 3.13 returns it, what came before raises it
        raise InterpreterError(failure.formatted)


def is_shareable(value: object) -> bool:
    """Tell whether a value can cross without being pickled."""
    return bool(_modules.is_shareable(value))


def _asked(function: Any, number: int, *args: Any) -> Any:
    try:
        return function(number, *args)
    except (RuntimeError, ValueError) as error:
        raise _translated(error, number) from None
    except Exception as error:
        if PY313 and isinstance(error, _modules.InterpreterError):
            raise _translated(error, number) from None
        raise


def _translated(error: Exception, number: int) -> InterpreterError:
    if number not in numbers():
        return InterpreterNotFoundError(f"unrecognized interpreter ID {number}")
    return InterpreterError(str(error))


# -- bytes from one interpreter to another ------------------------------------------------------------------------
# The first in is the first out.  `None` out of `receive` is an item that went with the interpreter which had put it.
# Up to 3.12 the number that `open_channel` returns is a ChannelID, which keeps the channel; elsewhere an int will do.

ChannelGone: type[Exception] = _channels.QueueNotFoundError if PY313 else _channels.ChannelNotFoundError

if PY313:
    _UNBOUND = 3  # _crossinterp.UNBOUND: an item whose interpreter has ended is still counted
    _PICKLED = 1

    def open_channel() -> Any:
        """Make a channel; return its number."""
        return _channels.create(0, _PICKLED, _UNBOUND)

    def send(channel: int, data: bytes) -> None:
        """Put bytes into a channel."""
        _channels.put(channel, data, _PICKLED, _UNBOUND)

    def receive(channel: int) -> bytes | None:
        """Take the first bytes out of a channel; there must be some."""
        found: tuple[bytes | None, int, int | None] = _channels.get(channel)
        return found[0]

    def close_channel(channel: int) -> None:
        """End a channel, with what is in it."""
        _channels.destroy(channel)

else:
    _prefix = "" if PY312 else "channel_"
    _create, _send, _recv, _destroy = (
        getattr(_channels, _prefix + name) for name in ("create", "send", "recv", "destroy")
    )

    def open_channel() -> Any:
        """Make a channel; return its number."""
        channel = _create()
        # 3.12 closes a channel with the last interpreter that has used an end of it: so this one uses both.
        _send(channel, b"")
        _recv(channel)
        return channel

    def send(channel: int, data: bytes) -> None:
        """Put bytes into a channel."""
        _send(channel, data)

    def receive(channel: int) -> bytes | None:
        """Take the first bytes out of a channel; there must be some."""
        try:
            found: bytes | None = _recv(channel, None)
        except SystemError:  # 3.10 and 3.11 find that the sender has ended, and fail at failing
            return None
        return found

    def close_channel(channel: int) -> None:
        """End a channel, with what is in it."""
        _destroy(channel)
