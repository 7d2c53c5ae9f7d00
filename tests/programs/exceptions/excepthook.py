# sys.excepthook of the program's own gets the clean traceback.
import sys, traceback
def hook(kind, value, tb):
    print("hook", kind.__name__, value, [s.name for s in traceback.extract_tb(tb)])
sys.excepthook = hook
def f(): raise RuntimeError("x")
f()
