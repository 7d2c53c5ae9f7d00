"""The C modules under subinterpreters on 3.10 to 3.13, as one set of functions.

``_xxsubinterpreters`` (3.10 to 3.12) hands out ``InterpreterID`` objects, integers that keep their interpreter alive;
``_interpreters`` (3.13) counts references to plain integers.  Channels are in ``_xxsubinterpreters`` on 3.10 and 3.11,
in ``_xxinterpchannels`` on 3.12; 3.13 has queues, ``_interpqueues``.

Source: CPython Modules/_xxsubinterpretersmodule.c and _xxinterpchannelsmodule.c, _interpretersmodule.c and
_interpqueuesmodule.c
"""

from __future__ import annotations

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


def create() -> Any:
    """Make an interpreter, with its own GIL from 3.12 on; return its number, which keeps it alive up to 3.12."""
    return _modules.create(reqrefs=True) if PY313 else _modules.create()


def hold(number: int) -> None:
    """Keep an interpreter alive until ``let_go`` (3.13; the number itself does so before)."""
    if PY313:
        _modules.incref(number)


def let_go(number: int) -> None:
    """Give up a ``hold``: without any, the interpreter ends."""
    if PY313:
        try:
            _modules.decref(number)
        except _modules.InterpreterNotFoundError:
            pass  # closed already


def numbers() -> list[Any]:
    """Return the numbers of all interpreters."""
    return [found[0] for found in _modules.list_all()] if PY313 else list(_modules.list_all())


def current() -> Any:
    """Return the number of the interpreter that this code runs in."""
    return _modules.get_current()[0] if PY313 else _modules.get_current()


def main() -> Any:
    """Return the number of the main interpreter."""
    return _modules.get_main()[0] if PY313 else _modules.get_main()


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
    _asked(_modules.destroy, number)


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
        return InterpreterNotFoundError(f"unrecognized interpreter ID {int(number)}")
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
