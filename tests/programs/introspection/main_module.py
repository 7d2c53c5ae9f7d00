# What __main__ looks like: names, argv, spec, loader, docstring.
"""The docstring."""
# argv: one two
import sys, os
print(__name__, __doc__, os.path.basename(__file__), sys.argv[1:], __spec__, type(__loader__).__name__)
print(sys.modules["__main__"].__dict__ is globals(), os.path.dirname(os.path.abspath(__file__)) == sys.path[0])
print(sorted(k for k in globals() if k.startswith("__")), __builtins__.__name__)
import __main__
print(__main__.__name__)
if __name__ == "__main__": print("main")
