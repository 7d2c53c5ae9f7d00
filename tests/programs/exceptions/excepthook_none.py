# sys.excepthook that cannot be called: the interpreter says so, and shows both exceptions.
import sys

sys.excepthook = None
1 / 0
