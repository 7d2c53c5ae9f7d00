# exit 3: SystemExit with a number, after finally and atexit.
import atexit, sys
atexit.register(print, "atexit")
def f():
    try: sys.exit(3)
    finally: print("finally")
try: sys.exit("caught")
except SystemExit as e: print("caught", e.code)
f()
