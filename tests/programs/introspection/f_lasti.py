# f_lasti while a frame runs: the offset of the instruction that made the call.
import sys
import dis
def f():
    x = 1
    a = sys._getframe().f_lasti
    b = sys._getframe().f_lasti
    return a, b
a, b = f()
ops = {i.offset: i.opname for i in dis.get_instructions(f)}
print(a, b, ops.get(a), ops.get(b))
