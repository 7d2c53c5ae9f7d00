"""What runs inside an interpreter on 3.10 to 3.13: it takes one request, does it, and sends back what came of it.

A request is pickled: ``("exec", source)``, ``("bind", names)`` or ``("call", function, args, kwargs)``.  So is the
answer: ``("returned", value)``, ``("raised", description, pickled exception or None)`` or ``("unshareable", why)``.
"""

from __future__ import annotations

import marshal
import sys
from types import FunctionType

from . import lowlevel
from .crossing import dumps, loads

TYPE_CHECKING = False  # typing's own: to import it would take each interpreter longer than all the rest
if TYPE_CHECKING:
    from typing import Any

# What the outer interpreter runs in here; the two names are shared for the moment, and are gone when the work begins.
SCRIPT = "__import__('lasti.interpreters.inside', fromlist=['answer']).answer(globals())"
REQUEST, REPLY = "_lasti_request", "_lasti_reply"


def answer(main: dict[str, Any]) -> None:
    """Do the request that was left in ``__main__``, and send the answer through the channel that it names."""
    request, channel = main.pop(REQUEST), main.pop(REPLY)
    try:
        data = dumps(("returned", _done(loads(request), main)))
    except NotPicklable as error:
        data = dumps(("unshareable", str(error)))
    except BaseException as error:
        data = _description(error)
    lowlevel.send(channel, data)


class NotPicklable(Exception):
    """A result cannot leave the interpreter."""


def _done(request: tuple[Any, ...], main: dict[str, Any]) -> Any:
    kind, *rest = request
    if kind == "exec":
        exec(compile(rest[0], "<script>", "exec", dont_inherit=True), main)
        return None
    if kind == "bind":
        main.update(rest[0])
        return None
    function, args, kwargs = rest
    result = unpacked(function, main)(*args, **kwargs)
    try:
        dumps(result)
    except Exception as error:
        raise NotPicklable(f"the result cannot leave the interpreter: {error}") from error
    return result


def unpacked(function: Any, main: dict[str, Any]) -> Any:
    """Return the function that came as itself, by reference, or as the bytes of its code."""
    return FunctionType(marshal.loads(function), main) if isinstance(function, bytes) else function


def _description(error: BaseException) -> bytes:
    """Describe an exception, with its traceback from the program's own first frame on."""
    import traceback  # here: no light import, and only failures need it

    told = error.__traceback__
    while told is not None and told.tb_frame.f_code.co_filename == __file__:
        told = told.tb_next
    kind = type(error)
    formatted = "".join(traceback.format_exception_only(kind, error)).strip()
    text = "".join(traceback.format_exception(kind, error, told)).rstrip()
    described = (kind.__module__, kind.__qualname__, _text_of(error), formatted, text)
    try:
        exception = dumps(error)
        loads(exception)  # one with arguments of its own often pickles, and does not come back
    except Exception:
        exception = None
    sys.last_value = sys.last_traceback = None  # nothing of the failed run stays alive here
    return dumps(("raised", described, exception))


def _text_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return "<exception str() failed>"
