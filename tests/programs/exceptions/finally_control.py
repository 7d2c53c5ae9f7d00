# return, break and continue that pass through finally, and those in it.
import warnings
warnings.simplefilter("ignore")
def a():
    for i in range(3):
        try:
            if i == 1: continue
            if i == 2: break
            print("body", i)
        finally: print("finally", i)
    return "a"
def b():
    try: return "try"
    finally: print("before return")
def c():
    while True:
        try:
            try: return "inner"
            finally: print("one")
        finally: print("two")
def d():
    try: 1 / 0
    finally: return "swallowed"
def e():
    for _ in range(2):
        try: 1 / 0
        finally: continue
    return "continued"
print(a(), b(), c(), d(), e())
