"""A frame knows who called it: the call stack is a chain of `f_back`.

Run it with `lasti run -o callstack.lasti examples/callstack.py` and look at the calls and returns in
`lasti steps callstack.lasti`.  A frame lives as long as something keeps it: `kept` is the frame of `third`, which has
returned; it still has its locals and leads to its callers.  A generator's frame has no caller while it is suspended,
and another one each time it is resumed.
"""

import inspect

kept = None


def first():
    here = "first"
    return second(here)


def second(caller):
    here = caller + " > second"
    return third(here)


def third(caller):
    global kept
    kept = inspect.currentframe()
    print("in third:", names(kept))
    return caller + " > third"


def names(frame):
    """Return the names along the chain of `f_back`."""
    found = []
    while frame is not None:
        found.append(frame.f_code.co_name)
        frame = frame.f_back
    return " -> ".join(found)


def whose_turn():
    while True:
        yield names(inspect.currentframe())


def ask(generator):
    return next(generator)


print(first())
print("afterwards:", kept.f_code.co_name, kept.f_locals, "called by", kept.f_back.f_code.co_name)

turns = whose_turn()
print(next(turns))
print(ask(turns))
print("suspended:", names(turns.gi_frame))
