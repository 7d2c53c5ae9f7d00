"""What a timeline gives: activations, steps, events, frames, states, as records without behaviour."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .codes import Code, Step
    from .pictures import Picture, Value


@dataclass(frozen=True)
class Activation:
    """One frame's life: ``name`` is ``worker#2``, the second call of ``worker``.

    ``parent`` is the number of the activation that called it, 0 when it was code that nobody watches.  ``first`` is its
    first step (or the next one of another, if it has none), ``last`` the one that comes after its end, None while it
    lives.
    """

    number: int
    name: str
    code: Code
    parent: int
    first: int
    last: int | None

    @property
    def kind(self) -> str:
        """Return function, generator, coroutine, async generator, module or class body."""
        return self.code.kind

    def is_called(self, name: str) -> bool:
        """Tell whether ``name`` is its name or its function's, in full or the last part: ``C.f#2``, ``f``..."""
        qualname = self.code.qualname
        return name in (qualname, qualname.rpartition(".")[2], self.name, self.name.rpartition(".")[2])


@dataclass(frozen=True)
class StepRecord:
    """Step ``number``: an activation is about to run an instruction.

    ``stack`` is bottom to top; ``changed`` has the locals that its last instruction (or what that called) changed, None
    for a local that is gone.
    """

    number: int
    thread: int
    activation: Activation
    instruction: Step
    time: int  # ns since the recording began, of the last event before the step
    stack: tuple[Value, ...]
    changed: Mapping[str, Value | None]
    objects: Mapping[int, Picture]  # what is needed to write the values


@dataclass(frozen=True)
class Event:
    """What is not a step: call, return, yield, resume, throw, unwind, end, handle, output; and what the loop does.

    The loop's are: "task" (a task was made: ``task``, ``by`` the task that made it, ``text`` its name), "wake"
    (``task`` was put into the ready queue, by task ``by`` or 0, ``text`` says why), "turn" (one iteration of the loop
    begins), "run" (a handle begins to run: ``task`` if it is a task's step, ``text`` its callback), "select" (the loop
    waits), "cancel" (``task`` is asked to end, by ``by``), "done" (``task`` is over; ``text``: "done", "failed" or
    "cancelled").

    It happened before step ``step``.  ``values``: the arguments of a call, the value that was returned, yielded or
    sent, the error that was thrown, unwound or handled.  ``origin`` is the activation that called or resumed (0: code
    that nobody watches).  Output has ``stream`` and ``text``.
    """

    kind: str
    step: int
    thread: int
    activation: Activation | None
    origin: int
    time: int
    values: tuple[Value, ...] = ()
    stream: str = ""
    text: str = ""
    objects: Mapping[int, Picture] = field(default_factory=dict)
    task: int = 0
    by: int = 0


@dataclass(frozen=True)
class FrameState:
    """A frame at some moment.

    ``instruction`` is about to run in the topmost frame of the call stack, and is in progress in all others (their
    stack is what remains while it runs); None before the first.  ``locals`` are those that are bound, by name; a
    variable that lies in a cell is there with what lies in it.
    """

    activation: Activation
    instruction: Step | None
    stack: tuple[Value, ...]
    locals: Mapping[str, Value]

    @property
    def line(self) -> int:
        """Return the line of the instruction; the first line of the code before any."""
        line = None if self.instruction is None else self.instruction.line
        return self.activation.code.first_line if line is None else line

    @property
    def offset(self) -> int:
        """Return the byte offset of the instruction, -1 before the first."""
        return -1 if self.instruction is None else self.instruction.offset


@dataclass(frozen=True)
class State:
    """Everything before step ``step`` executes.

    ``call_stack`` is that of the thread that runs, outermost frame first: the last one is about to run the step.
    ``threads`` has those of the others.  ``suspended`` are the frames of generators, coroutines and async generators
    that are alive and do not run.  ``objects`` has the pictures of what lies in them.  ``output_length`` counts
    characters, ``outputs`` the writes so far.
    """

    step: int
    thread: int
    time: int
    call_stack: tuple[FrameState, ...]
    threads: Mapping[int, tuple[FrameState, ...]]
    suspended: tuple[FrameState, ...]
    objects: Mapping[int, Picture]
    output_length: int
    outputs: int
    loops: tuple[LoopState, ...] = ()
    tasks: tuple[TaskState, ...] = ()


# -- the event loop -----------------------------------------------------------------------------------------------


class TaskState(NamedTuple):
    """A task at some moment.

    ``number`` is its own in the whole run, ``activation`` that of its coroutine's frame (0: code that nobody watches),
    ``coroutine`` the qualified name.  ``status``: "running", "ready" (woken, and waiting for its turn), "waiting",
    "done", "failed", "cancelled".  ``waits_for`` says in words what it waits for ("" when it does not), and
    ``waits_for_task`` which task that is, if it is one.  ``woken_by`` is the task that last put it into the ready
    queue,
    and ``woken_why`` says what for (lasti's own loop knows it).
    """

    number: int
    name: str
    activation: int
    coroutine: str
    status: str
    waits_for: str = ""
    waits_for_task: int = 0
    woken_by: int = 0
    woken_why: str = ""


class HandleState(NamedTuple):
    """A callback in the ready queue or among the timers: ``text`` is its qualified name, ``task`` the task it steps.

    ``when`` is the loop's time at which it is due, in seconds; None in the ready queue.
    """

    text: str
    task: int = 0
    when: float | None = None


@dataclass(frozen=True)
class LoopState:
    """An event loop at some moment: its ``iteration``, what it runs, its ready queue, its timers (the next one first).

    ``time`` is the loop's own clock in seconds.  ``is_waiting`` says that it waits in its selector.
    """

    number: int
    iteration: int
    time: float
    running: HandleState | None = None
    ready: tuple[HandleState, ...] = ()
    timers: tuple[HandleState, ...] = ()
    is_waiting: bool = False
