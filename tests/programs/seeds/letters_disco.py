# Seed 004: gi_code is the code object that the function was compiled to.
import dis 

def letters():
    i = 97
    end = 97 + 26
    while i < end:
        yield chr(i)
        i += 1

generator = letters()
dis.disco(generator.gi_code)
print(generator.gi_code is letters.__code__)
