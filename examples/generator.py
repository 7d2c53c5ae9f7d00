"""A generator that is sent a value: where does it stop, and where does the value go?

Run it with `lasti run examples/generator.py` to see its turns.  Then record it, `lasti run -o generator.lasti
examples/generator.py`, and look at `lasti steps generator.lasti --function generator`: the last step before each
suspension is YIELD_VALUE, `f_lasti` is its offset (3.13 and later: that of the RESUME behind it), and what `send` gave
is on top of the value stack when the generator goes on.  `lasti dis examples/generator.py:generator` shows the
instructions.
"""

import dis


def generator():
    received = yield 1
    print("received", received)
    return received


def where(gen):
    """Print the instruction at which a generator waits."""
    names = {instruction.offset: instruction.opname for instruction in dis.get_instructions(gen.gi_code)}
    lasti = gen.gi_frame.f_lasti
    print("f_lasti", lasti, names.get(lasti, "nothing has run"))


gen = generator()
where(gen)
print("sent", gen.send(None))
where(gen)
try:
    gen.send("hello")
except StopIteration as stop:
    print("returned", stop.value)
print("frame", gen.gi_frame)
