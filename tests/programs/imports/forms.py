# Forms of import of the standard library, local imports, import in functions and classes.
import os.path, json as j
from math import pi, sqrt as root
from collections import *
print(os.path.basename("a/b"), j.dumps(1), round(pi, 2), root(4), OrderedDict.__name__)
def f():
    import string
    from textwrap import dedent as d
    return string.digits, d("  x")
print(f())
class C:
    import keyword
    from operator import add
print(C.keyword.iskeyword("if"), C.add(1, 2))
try: import no_such_module_here
except ModuleNotFoundError as e: print(e, e.name)
try: from os import nothing_of_the_kind
except ImportError as e: print(e.name, str(e).split("(")[0])
try: from . import x
except ImportError as e: print(e)
