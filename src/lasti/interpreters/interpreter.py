"""``concurrent.interpreters`` for 3.10 to 3.13: what it has of interpreters; its queues are in ``queues.py``.

Everything crosses by pickle, here as there but for a few plain types; a function that needs nothing but built-ins goes
as its code, so that it may come from ``__main__``.
"""

from __future__ import annotations

import builtins
import marshal
import threading
import weakref
from contextlib import suppress
from types import FunctionType, SimpleNamespace

from . import lowlevel
from .crossing import NotShareableError, dumped, loaded
from .guard import first_script
from .inside import REPLY, REQUEST, SCRIPT
from .lowlevel import InterpreterError, InterpreterNotFoundError, is_shareable

TYPE_CHECKING = False  # typing's own takes as long to import as all the rest
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType
    from typing import Any

__all__ = [
    "ExecutionFailed",
    "Interpreter",
    "InterpreterError",
    "InterpreterNotFoundError",
    "NotShareableError",
    "create",
    "get_current",
    "get_main",
    "is_shareable",
    "list_all",
]


class ExecutionFailed(InterpreterError):
    """An exception left the code that ran in an interpreter; ``excinfo`` describes it, traceback and all.

    ``excinfo`` has ``type`` (with ``__name__``, ``__qualname__``, ``__module__``), ``msg``, ``formatted`` (one line)
    and ``errdisplay`` (the traceback's text).
    """

    def __init__(self, excinfo: SimpleNamespace) -> None:
        super().__init__(excinfo.formatted)
        self.excinfo = excinfo

    def __str__(self) -> str:
        return f"{super().__str__()}\n\nUncaught in the interpreter:\n\n{self.excinfo.errdisplay}"


def create() -> Interpreter:
    """Return a new interpreter, idle; from 3.12 on it has a GIL of its own."""
    interpreter = Interpreter._of(lowlevel.create())
    lowlevel.run(interpreter.id, first_script())
    return interpreter


def list_all() -> list[Interpreter]:
    """Return all interpreters of the process."""
    found = []
    for number in lowlevel.numbers():
        with suppress(InterpreterNotFoundError):  # it has ended meanwhile
            found.append(Interpreter(number))
    return found


def get_current() -> Interpreter:
    """Return the interpreter that this code runs in."""
    return Interpreter(lowlevel.current())


def get_main() -> Interpreter:
    """Return the interpreter that the process began with."""
    return Interpreter(lowlevel.main())


_known: weakref.WeakValueDictionary[int, Interpreter] = weakref.WeakValueDictionary()


class Interpreter:
    """An interpreter; one object for each number.  It ends with ``close``, or when nothing refers to it any more."""

    _hold: lowlevel.Hold

    def __new__(cls, id: int, /) -> Interpreter:  # noqa: A002  (the standard library's name)
        if not isinstance(id, int):
            raise TypeError(f"id must be an int, got {id!r}")
        return _known.get(id) or cls._of(lowlevel.hold(id))

    @classmethod
    def _of(cls, hold: lowlevel.Hold) -> Interpreter:
        """Return the object for an interpreter that is held."""
        self = super().__new__(cls)
        self._hold = hold
        return _known.setdefault(hold.number, self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.id})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.id,)

    @property
    def id(self) -> int:
        """The number of the interpreter, unique in the process; the main interpreter has 0."""
        return self._hold.number

    def is_running(self) -> bool:
        """Tell whether code runs in the interpreter."""
        return lowlevel.is_running(self.id)

    def close(self) -> None:
        """End the interpreter; InterpreterError while it runs."""
        self._check_own()
        if self.is_running():
            raise InterpreterError(f"interpreter {self.id} is running: it cannot be closed")
        lowlevel.destroy(self.id)

    def prepare_main(self, ns: dict[str, Any] | None = None, /, **kwargs: Any) -> None:
        """Bind names in the interpreter's ``__main__``."""
        self._request("bind", {**(ns or {}), **kwargs})

    def exec(self, code: str, /) -> None:
        """Run source code in the interpreter's ``__main__``; ExecutionFailed when an exception leaves it."""
        compile(code, "<script>", "exec", dont_inherit=True)  # a SyntaxError is the caller's, as on 3.14
        self._request("exec", code)

    def call(self, callable: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:  # noqa: A002
        """Call a function in the interpreter and return what it returns; ExecutionFailed when it raises."""
        if not builtins.callable(callable):
            raise TypeError(f"expected a callable, got {callable!r}")
        return self._request("call", packed(callable), args, kwargs)

    def call_in_thread(self, callable: Callable[..., Any], /, *args: Any, **kwargs: Any) -> threading.Thread:  # noqa: A002
        """Call a function in the interpreter from a new thread, which is returned; its result is dropped."""
        thread = threading.Thread(target=self.call, args=(callable, *args), kwargs=kwargs)
        thread.start()
        return thread

    def _request(self, *request: Any) -> Any:
        try:
            return self.outcome(*request)
        except Raised as raised:
            failure = raised.failure
        raise failure

    def outcome(self, *request: Any) -> Any:
        """Send a request (see ``inside.py``) and return what came of it; Raised when an exception did."""
        self._check_own()
        data = dumped(request)
        channel = lowlevel.open_channel()
        try:
            lowlevel.run(self.id, SCRIPT, {REQUEST: data, REPLY: int(channel)})
            reply = lowlevel.receive(channel)
        finally:
            lowlevel.close_channel(channel)
        assert reply is not None  # the interpreter is there: its number is held
        outcome, *rest = loaded(reply)
        if outcome == "returned":
            return rest[0]
        if outcome == "unshareable":
            raise NotShareableError(rest[0])
        raise Raised(ExecutionFailed(_excinfo(*rest[0])), rest[1])

    def _check_own(self) -> None:
        if self.id == lowlevel.main():
            raise InterpreterError("the main interpreter was not made by create(): it cannot be used so")


class Raised(Exception):
    """An exception left the code inside: its description, and the exception itself, pickled, where that can be."""

    def __init__(self, failure: ExecutionFailed, exception: bytes | None) -> None:
        super().__init__(failure)
        self.failure = failure
        self.exception = exception


def _excinfo(module: str, qualname: str, message: str, formatted: str, text: str) -> SimpleNamespace:
    name = qualname.rpartition(".")[2]
    kind = SimpleNamespace(__name__=name, __qualname__=qualname, __module__=module)
    return SimpleNamespace(type=kind, msg=message, formatted=formatted, errdisplay=text)


# -- what crosses ---------------------------------------------------------------------------------------------------


def packed(function: Any) -> Any:
    """Return what to send for a function: its code when that is all there is to it, else itself, to be pickled."""
    if not isinstance(function, FunctionType):
        return function
    has_state = function.__closure__ or function.__defaults__ or function.__kwdefaults__
    if not has_state and global_names(function.__code__) <= set(vars(builtins)):
        return marshal.dumps(function.__code__)
    if function.__module__ == "__main__":
        raise NotShareableError(
            f"{function.__qualname__}() is of __main__ and needs more than built-ins (globals, a default, a closure): "
            "put it into a module of its own"
        )
    return function


def global_names(code: CodeType) -> set[str]:
    """Return the names that a code object, or one within it, looks up in its globals."""
    from ..bytecode import decode, nested_code  # here: not needed inside, where every import costs

    return {
        str(each.argval)
        for _, one in nested_code(code)
        for each in decode(one).instructions
        if each.opname in ("LOAD_GLOBAL", "LOAD_NAME", "STORE_GLOBAL", "DELETE_GLOBAL")
    }
