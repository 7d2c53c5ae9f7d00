# Without sys.excepthook the interpreter shows the exception itself.
import sys

del sys.excepthook
1 / 0
