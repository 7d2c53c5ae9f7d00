# A program of several modules: absolute, relative, circular imports, star, submodules, import errors.
import sys
import helper
import inner
from helper import VALUE as V, double
from inner import mod_a, mod_b as mb
from inner.mod_a import *
import inner.mod_b
print(helper.VALUE, V, double(4), mod_a.A, mb.B, inner.NAME, public, "private" in dir(), inner.mod_b is mb)
print(helper.__name__, inner.mod_a.__package__, inner.__path__ is not None, sys.modules["helper"] is helper)
for name in ("nothing", "helper.nothing", "inner.nothing"):
    try: __import__(name)
    except ImportError as e: print(type(e).__name__, e)
try: from helper import missing
except ImportError as e: print(str(e).split("(")[0])
try: from inner import absent
except ImportError as e: print(str(e).split("(")[0])
import circular_a
print(circular_a.value(), circular_a.circular_b.value())
import importlib
print(importlib.import_module("inner.mod_a").A, importlib.reload(helper) is helper)
print(helper.who())
