# Seed 002: the function whose value stack is drawn step by step, disassembled as it stands, then called.
def func():
    x = 10
    y = 20
    print(x + y)

import dis
dis.dis(func)
func()
