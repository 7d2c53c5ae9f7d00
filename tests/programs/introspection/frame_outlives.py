# A frame outlives its call when something keeps it; its caller's frame with it.
import inspect
frame = None
def foo(): bar()
def bar():
    global frame
    x = 10
    frame = inspect.currentframe()
foo()
print(frame.f_code.co_name, frame.f_locals, frame.f_back.f_code.co_name, frame.f_lineno)
frame.clear()
print(frame.f_locals)
