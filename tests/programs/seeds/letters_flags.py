# Seed 004: the code object's flags say that it is a generator's.
import dis 

def letters():
    i = 97
    end = 97 + 26
    while i < end:
        yield chr(i)
        i += 1

code = letters.__code__
flags = code.co_flags

print(flags)
print(dis.COMPILER_FLAG_NAMES[32])
print(flags & 32 > 0)

"""
99
GENERATOR
True
"""
