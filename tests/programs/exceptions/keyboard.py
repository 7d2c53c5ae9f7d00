# KeyboardInterrupt raised by the program, uncaught.
def f():
    try: raise KeyboardInterrupt
    finally: print("finally")
f()
