# Seed 001: foo calls bar; its bytecode.
def foo():
    bar()

def bar():
    pass

import dis
dis.dis(foo)
foo()
