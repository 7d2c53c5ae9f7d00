# f_lasti of a suspended generator points at (or just behind) its YIELD_VALUE.
import dis
def gen():
    recv = yield 1
    return recv
g = gen()
before = g.gi_frame.f_lasti
g.send(None)
lasti = g.gi_frame.f_lasti
names = {i.offset: i.opname for i in dis.get_instructions(gen)}
print(before, lasti, names[lasti])
def outer(): yield from gen()
o = outer()
next(o)
names = {i.offset: i.opname for i in dis.get_instructions(outer)}
print(o.gi_frame.f_lasti, names[o.gi_frame.f_lasti])
