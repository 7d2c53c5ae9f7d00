# What is thrown into a generator that has not begun is raised at its `def`, which the traceback shows.
import traceback


def generator():
    try:
        yield
    except ValueError:
        print("never: it has not begun")


def entries(error):
    return [(entry.name, entry.lineno) for entry in traceback.extract_tb(error.__traceback__)]


for thrown in ValueError, ValueError("instance"), GeneratorExit:
    g = generator()
    try:
        g.throw(thrown)
    except BaseException as error:
        print(repr(error), entries(error), g.gi_frame)

try:
    1 / 0
except ZeroDivisionError as raised:
    try:
        generator().throw(raised)
    except ZeroDivisionError as error:
        print(entries(error))
generator().throw(OSError("uncaught"))
