# What lies beneath a program that runpy runs: runpy, and nothing more; warnings count the same frames.
import inspect
import sys
import threading
import traceback
import warnings


def look():
    frame = sys._getframe()
    while frame is not None:
        print(frame.f_code.co_name, frame.f_lineno, frame.f_globals["__name__"])
        frame = frame.f_back
    print([(each.function, each.lineno) for each in inspect.stack()])
    traceback.print_stack()
    for level in range(1, 9):
        warnings.warn(f"level {level}", stacklevel=level)


look()
thread = threading.Thread(target=look)
thread.start()
thread.join()
for depth in range(20):
    try:
        print(depth, sys._getframe(depth).f_code.co_name)
    except ValueError as error:
        print(depth, error)
        break
