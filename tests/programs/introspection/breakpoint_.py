# breakpoint() calls sys.breakpointhook, which a program can set.
import sys
def hook(*a, **k):
    print("hook", a, k, sys._getframe(1).f_code.co_name)
sys.breakpointhook = hook
def f():
    breakpoint(1, k=2)
f()
