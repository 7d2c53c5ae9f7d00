# Seed 001: bar keeps its own frame, which outlives the call and leads back to foo's.
import inspect
frame = None

def foo():
    bar()

def bar():
    global frame
    frame = inspect.currentframe()

foo()
# the frame was executing the code for 'bar'.
print(frame.f_code.co_name)
# its back pointer refers to the frame for 'foo'.
caller_frame = frame.f_back
print(caller_frame.f_code.co_name)
