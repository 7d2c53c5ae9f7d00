# Seed 000: co_consts, co_varnames and co_names of a function, and co_consts of one with arguments.
import inspect

def func():
    global frame
    x = 10
    y = 20
    print(x + y)
    frame = inspect.currentframe()

print(f"func.co_consts: {func.__code__.co_consts}")
# >> func.co_consts: (None, 10, 20)

def func2(arg2="world") -> str:
    return f"Hello, {arg2}"

print(f"func2.co_consts: {func2.__code__.co_consts}")
# >> func2.co_consts: (None, 'Hello, ')
print(func.__code__.co_varnames)
# >> ('x', 'y')
print(func.__code__.co_names)
# >> ('print', 'inspect', 'currentframe', 'frame')
