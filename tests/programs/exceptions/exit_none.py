# SystemExit without an argument, from a nested call.
import sys
def f(): g()
def g(): sys.exit()
f()
