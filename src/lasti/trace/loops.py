"""What asyncio's event loop does, for a recording: its turns, ready queue and timers, what each task waits for.

Two methods of asyncio's are wrapped while a recording goes on, one turn of the loop and the run of one handle; nothing
is asked of the program's objects but what asyncio itself keeps of them.  Each thing becomes a line of the trace, a JSON
list (``docs/format.md``); ``loop_replay`` makes states out of them.

lasti's own loop tells more, to a ``LoopEar``: each handle at the moment at which it is put into a queue, and why.
"""

from __future__ import annotations

import sys
import weakref
from functools import cached_property
from itertools import count, islice
from json.encoder import encode_basestring_ascii as quote
from types import FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..eventloop.waiting import Wait

MOST_HANDLES = 100  # of one queue that are written down
MOST_TASKS = 1000
ENDS_SLEEP = "_set_result_unless_cancelled"  # what `asyncio.sleep` has its timer call
OWN_TASKS = (("tasks", "Task"), ("tasks", "NumberedTask"), ("watched", "WatchedTask"))
READY = '"ready","",0'
NO_STATUS = '"","",0'  # of a handle that is no step of a task


class LoopWatch:
    """Notes what loops do, from ``begin`` to ``end``.

    Its lines go to ``encoder``; ``block()`` is the number of the trace's block: in each the first turn tells of all
    tasks, so that a reader can begin there.  An encoder in C has ``runs``, which does in C what is most frequent here.
    """

    def __init__(self, encoder: Any, block: Callable[[], int]) -> None:
        self._note: Callable[[str, str], None] = encoder.note
        self._activation_of: Callable[[Any], int] = encoder.activation_of
        self._make_runs = getattr(encoder, "runs", None)
        self._quick: Any = None  # what that has made
        self._block = block
        self._told = -1  # the block in which all tasks were told of
        self._wrapped: dict[tuple[str, str], tuple[Any, Any, Any]] = {}  # class, original method, ours
        self._tasks: dict[int, _Task] = {}  # by address
        self._kinds: dict[int, Any] = {}  # by address, for a class may have an `__eq__` too
        self._numbers = count(1)  # of tasks
        self._loop_numbers = 0
        self._loops: dict[int, _Loop] = {}
        self._last: list[Any] = [_no_loop, None]  # a weak reference to the loop that ran last, and what is known

    def begin(self) -> None:
        """Begin with the loops that are there, asyncio's and lasti's; nothing is imported for it."""
        self._kinds = {id(kind): kind for kind in plain_tasks()}
        if self._quick is not None:
            self._quick.kinds = tuple(self._kinds.values())
        self._wrap("asyncio.base_events", "BaseEventLoop", "_run_once", self._turns)
        self._wrap("lasti.eventloop.loop", "Heart", "_run_once", self._turns)
        self._wrap("asyncio.events", "Handle", "_run", self._runs)

    def end(self) -> None:
        """Give asyncio its methods back."""
        for (_, name), (owner, original, ours) in self._wrapped.items():
            if vars(owner).get(name) is ours:
                setattr(owner, name, original)
        self._wrapped.clear()
        self._quick = None

    def _wrap(self, module: str, kind: str, name: str, make: Callable[[Any], Any]) -> None:
        owner = getattr(sys.modules.get(module), kind, None)
        if owner is None or (module, name) in self._wrapped:
            return
        original = vars(owner)[name]
        ours = make(original)
        self._wrapped[module, name] = owner, original, ours
        setattr(owner, name, ours)

    # -- what lasti's own loop tells ------------------------------------------------------------------------------

    def add_step(self, loop: Any, task: Any, by: Any, why: str) -> None:
        """Note that a step of a task was put into the ready queue."""
        known = self._loop(loop)
        text = self._known(task).text if self._is_plain(task) else f"{quote(type(task).__name__)},0"
        self._note("L", f'["add",{known.number},{text},null,{self._number(by)},{quote(why)}]')

    def name(self, task: Any) -> None:
        """Note that a task has another name now."""
        self._note("L", f'["name",{self._number(task)},{quote(task.get_name())}]')

    def add_callback(self, loop: Any, callback: Any, when: float | None) -> None:
        """Note that a callback was put into the ready queue, or among the timers (for ``when``)."""
        due = "null" if when is None else f"{when:.6f}"
        self._note("L", f'["add",{self._loop(loop).number},{quote(_qualname(callback))},0,{due},0,""]')

    def cancel(self, task: Any, by: Any) -> None:
        """Note that a task was asked to end."""
        self._note("L", f'["cancel",{self._number(task)},{self._number(by)}]')

    # -- what is wrapped ------------------------------------------------------------------------------------------

    def _turns(self, original: Any) -> Any:
        def _run_once(loop: Any) -> None:
            known = self._loop(loop)
            known.is_new_turn = True
            if not loop._ready and not loop._stopping:
                until = loop._scheduled[0]._when if loop._scheduled else None
                self._note("L", f'["select",{known.number},{"null" if until is None else f"{until:.6f}"}]')
            original(loop)

        return _run_once

    def _runs(self, original: Any) -> Any:
        note, tasks, last = self._note, self._tasks, self._last
        if self._make_runs is not None:
            handles = sys.modules["asyncio.events"].Handle
            kinds = tuple(self._kinds.values())
            self._quick = self._make_runs(original, handles, self, tasks, last, kinds, self._numbers, _Task)
            return self._quick

        # Each handle of the program's goes through here: what is most frequent, a step of a known task, comes first.
        def _run(handle: Any) -> Any:
            loop = handle._loop
            known = last[1] if loop is last[0]() else self._remember(loop)
            if known is None:
                return original(handle)
            if known.is_new_turn:
                self._turn(loop, known, handle)
            task = _owner_of(handle._callback)
            met = tasks.get(id(task))
            if met is None or met.reference() is not task:
                met = None
                text, task, number = self._describe(handle)
            else:
                text, number = met.text, met.number
            note("L", f'["run",{known.number},{text}]')
            ready, scheduled, outer = loop._ready, loop._scheduled, known.running
            before, timers = len(ready), len(scheduled)
            known.running, known.handle, known.before = number, text, before
            try:
                return original(handle)
            finally:
                if (
                    met is not None
                    and len(ready) == before + 1
                    and len(scheduled) == timers
                    and _owner_of(ready[-1]._callback) is task
                    and task._fut_waiter is None
                    and not task.done()
                ):  # as after `sleep(0)`
                    note("L", f'["ran",{known.number},{number},{READY},[[{text}]],[]]')
                else:
                    self._has_run(loop, known, task, number, before, timers)
                known.running, known.handle = outer, ""

        return _run

    def _has_run(self, loop: Any, known: _Loop, task: Any, number: int, before: int, timers: int) -> None:
        """Note what a handle has left behind, when that is not the usual."""
        ready = loop._ready
        more = len(ready) - before
        new = self._texts([ready[place] for place in range(-more, 0)])
        added = "[]" if len(loop._scheduled) == timers else self._new_timers(loop, known)
        status = NO_STATUS if task is None else self._status(task, number)
        self._note("L", f'["ran",{known.number},{number},{status},[{new}],{added}]')

    def _remember(self, loop: Any) -> _Loop | None:
        """Return what is known of the loop whose handle runs, and expect it to be the same next time."""
        if getattr(loop, "_ready", None) is None or not hasattr(loop, "_scheduled"):
            return None
        known = self._loop(loop)
        self._last[:] = known.reference, known
        return known

    def tell(self) -> None:
        """Note how everything stands, for a trace that begins anew."""
        if not self._wrapped:
            return
        self._told = self._block()
        self._tell_of_tasks()
        for address, known in list(self._loops.items()):
            loop = known.reference()
            if loop is None or loop.is_closed():
                del self._loops[address]
                continue
            known.timers = set()
            ready = _first(loop._ready, MOST_HANDLES)
            # What the handle that runs has put there is told when it has run.
            ready = ready[: known.before] if known.handle else ready
            texts = self._texts(ready)
            running = f"[{known.handle}]" if known.handle else "null"
            standing = f"{running},[{texts}],{self._new_timers(loop, known)}"
            self._note("L", f'["loop",{known.number},{known.turns},{loop.time():.6f},{standing}]')

    def _turn(self, loop: Any, known: _Loop, handle: Any) -> None:
        """Note how the loop stands when the first handle of a turn is about to run."""
        known.is_new_turn = False
        known.turns += 1
        if self._told != self._block():
            self._told = self._block()
            self._tell_of_tasks()
        ready = f"[{self._texts([handle, *_first(loop._ready, MOST_HANDLES - 1)])}]"
        known.timers = set()
        timers = self._new_timers(loop, known)
        self._note("L", f'["turn",{known.number},{known.turns},{loop.time():.6f},{ready},{timers}]')

    def _new_timers(self, loop: Any, known: _Loop) -> str:
        """Return the timers that have not been noted in this turn, the next one first."""
        new = [each for each in _first(loop._scheduled, MOST_HANDLES) if id(each) not in known.timers]
        known.timers.update(map(id, new))
        new.sort(key=lambda each: each._when)
        texts = [f"[{self._describe_timer(each)},{each._when:.6f}]" for each in new if not each._cancelled]
        return f"[{','.join(texts)}]"

    def _describe_timer(self, timer: Any) -> str:
        """Return a timer's callback, and the task that it will wake: of one that ends a sleep, whoever awaits that."""
        text, _, number = self._describe(timer)
        callback = timer._callback
        if number or type(callback) is not FunctionType or callback.__name__ != ENDS_SLEEP or not timer._args:
            return text
        future = timer._args[0]
        callbacks = future._callbacks if _module_of(type(future)) in _OWN_MODULES else None
        for callback, _ in callbacks or ():
            task = _owner_of(callback)
            if self._is_plain(task):
                return self._known(task).text
        return text

    def _tell_of_tasks(self) -> None:
        """Note all tasks that are alive and not done."""
        texts = self._standings() if self._quick is None else self._quick.standings(MOST_TASKS)
        self._note("L", f'["tasks",[{texts}]]')

    def _standings(self) -> str:
        texts: list[str] = []
        for address, known in list(self._tasks.items()):
            task = known.reference()
            if task is None or task.done():
                del self._tasks[address]
            elif len(texts) < MOST_TASKS:
                texts.append(self._standing(task, known))
        return ",".join(texts)

    def _standing(self, task: Any, known: _Task) -> str:
        """Return how a task that is not done stands."""
        if known.name is not task.get_name():
            known = self._tasks[id(task)] = self._knowledge_of(task, known.number)
        status = READY if task._fut_waiter is None else self._status(task, known.number)
        return f"[{known.number},{known.about},{status}]"

    # -- tasks and handles ----------------------------------------------------------------------------------------

    def _loop(self, loop: Any) -> _Loop:
        known = self._loops.get(id(loop))
        if known is None or known.reference() is not loop:
            self.begin()  # the module of its tasks may have come with it
            self._loop_numbers += 1
            known = self._loops[id(loop)] = _Loop(self._loop_numbers, weakref.ref(loop))
        return known

    def _texts(self, handles: list[Any]) -> str:
        """Return how handles are written, with commas between them."""
        if self._quick is not None:
            return str(self._quick.texts(handles))
        return ",".join([f"[{self._describe(each)[0]}]" for each in handles])

    def _describe(self, handle: Any) -> tuple[str, Any, int]:
        """Return a handle's callback and task as JSON, the task whose step it is (or None), and that one's number."""
        callback = handle._callback
        task = _owner_of(callback)
        if not self._is_plain(task):
            return f"{quote(_qualname(callback))},0", None, 0
        known = self._known(task)
        return known.text, task, known.number

    def _is_plain(self, task: Any) -> bool:
        """Tell whether a task is of a class that may be asked."""
        return id(type(task)) in self._kinds

    def _number(self, task: Any) -> int:
        """Return the number of a task, 0 for None."""
        if not self._is_plain(task):
            return 0
        return self._known(task).number

    def _known(self, task: Any) -> _Task:
        known = self._tasks.get(id(task))
        return known if known is not None and known.reference() is task else self._meet(task)

    def _meet(self, task: Any) -> _Task:
        """Note a task that is seen for the first time, made by the task that runs."""
        known = self._tasks[id(task)] = self._knowledge_of(task, next(self._numbers))
        self._note("L", f'["task",{known.number},{known.about},{self._running()}]')
        return known

    def _running(self) -> int:
        """Return the number of the task whose step runs in this thread, 0 for none."""
        module = sys.modules.get("_asyncio")  # where no program puts a function of its own
        loop = None if module is None else module._get_running_loop()
        known = self._loops.get(id(loop))
        return known.running if known is not None and known.reference() is loop else 0

    def _knowledge_of(self, task: Any, number: int) -> _Task:
        coroutine, name = task.get_coro(), task.get_name()
        activation, qualname = self._activation_of(coroutine), quote(_qualname(coroutine))
        about = f"{quote(name)},{activation},{qualname}"
        return _Task(number, weakref.ref(task), f"{qualname},{number}", about, name if activation else None)

    @cached_property
    def _waits_for(self) -> Callable[[Any], Wait]:
        from ..eventloop.waiting import waits_for  # which imports asyncio: the program has by now

        return waits_for

    def _status(self, task: Any, number: int) -> str:
        """Return how a task stands after its step: status, what it waits for, which task that is."""
        if task.done():
            how = "cancelled" if task.cancelled() else "failed" if task._exception is not None else "done"
            self._note("L", f'["done",{number},"{how}"]')
            return f'"{how}","",0'
        if task._fut_waiter is None:
            return READY
        wait = self._waits_for(task)
        if not wait.text:
            return READY
        return f'"waiting",{quote(wait.text)},{self._number(wait.task)}'


def _no_loop() -> None:
    """Stand for a weak reference before any loop has run."""


class _Task(NamedTuple):
    """What is remembered of a task: ``text`` is how a handle of its steps is written (native/_loops.h reads these)."""

    number: int
    reference: Any  # a weak one
    text: str
    about: str  # its name, its coroutine's activation and name
    name: str | None  # for which this holds; None while the coroutine's activation is not known


class _Loop:
    """What is remembered of a loop (native/_loops.h reads it where it lies)."""

    __slots__ = ("before", "handle", "is_new_turn", "number", "reference", "running", "timers", "turns")

    def __init__(self, number: int, reference: Any) -> None:
        self.number = number
        self.reference = reference
        self.turns = 0
        self.is_new_turn = True
        self.running = 0  # the task whose step runs
        self.handle = ""  # that runs
        self.before = 0  # handles in the ready queue when it began to run
        self.timers: set[int] = set()  # addresses of those that were noted in this turn


def plain_tasks() -> tuple[Any, ...]:
    """Return asyncio's own classes of tasks, and lasti's: of others nothing is asked."""
    own = [(f"lasti.eventloop.{name}", kind) for name, kind in OWN_TASKS]
    modules = (("_asyncio", "Task"), ("asyncio.tasks", "_PyTask"), *own)
    found = [getattr(sys.modules.get(module), name, None) for module, name in modules]
    return tuple(kind for kind in found if kind is not None)


class LoopEar:
    """A ``LoopListener`` that has a LoopWatch note what only lasti's own loop tells."""

    def __init__(self, watch: LoopWatch) -> None:
        self._watch = watch

    def woken(self, loop: Any, task: Any, by: Any, why: str) -> None:
        """Note a step of a task, and why it is ready."""
        self._watch.add_step(loop, task, by, why)

    def named(self, loop: Any, task: Any) -> None:
        """Note a task's name."""
        self._watch.name(task)

    def queued(self, loop: Any, handle: Any) -> None:
        """Note a callback or a timer."""
        self._watch.add_callback(loop, handle._callback, getattr(handle, "_when", None))

    def cancelled(self, loop: Any, task: Any, by: Any) -> None:
        """Note who asked a task to end."""
        self._watch.cancel(task, by)

    def _nothing(self, *told: Any) -> None:
        """What LoopWatch sees for itself, on every loop."""

    task_created = turn = select = handle_begins = handle_ends = done = _nothing


def _qualname(thing: Any) -> str:
    kind = type(thing)
    machine = sys.modules.get("lasti.machine.generator")  # whose classes say that they are the host's
    is_known = machine is not None and (kind is machine.Coroutine or kind is machine.Generator)
    name = getattr(thing, "__qualname__", None) if is_known or _module_of(kind) in _OWN_MODULES else None
    return name if type(name) is str else str(_get_name(kind))


def _owner_of(callback: Any) -> Any:
    """Return what a method is bound to, None for what is none; nothing is asked of the program's own objects."""
    return getattr(callback, "__self__", None) if _module_of(type(callback)) in _OWN_MODULES else None


def _module_of(kind: type) -> str:
    try:
        module = _get_module(kind)
    except AttributeError:
        return ""
    return module if type(module) is str else ""


# What `kind.__name__` would ask a metaclass for, which may have a way of its own to attributes.
_get_name = type.__dict__["__name__"].__get__
_get_module = type.__dict__["__module__"].__get__


_OWN_MODULES = frozenset({"builtins", "types", "functools", "_asyncio", "asyncio.futures", "lasti.eventloop.futures"})


def _first(queue: Any, most: int) -> list[Any]:
    return list(islice(queue, most))
