# Seed 000: a frame that outlives its call, and what it knows: f_locals, f_back, f_lasti, f_code.
import inspect

frame = None

def func():
    global frame
    x = 10
    y = 20
    print(x + y)
    frame = inspect.currentframe()

func()
print(f"frame.f_locals: {frame.f_locals}")
print(f"frame.f_back: {frame.f_back}")
print(f"frame.f_lasti: {frame.f_lasti}")
print(f"frame.f_code: {frame.f_code}")
print(frame.f_code is func.__code__)
print(func.__code__.co_code)
print(list(func.__code__.co_code))
import opcode
print(opcode.opname[100])
print(opcode.opname[125])
print(func.__code__.co_consts)
