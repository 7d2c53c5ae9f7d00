# Attributes of exceptions that the interpreter fills in: name, obj, key, value of StopIteration, errno, args.
import os
try: undefined
except NameError as e: print(e.name, e.args)
try: (5).nothing
except AttributeError as e: print(e.name, e.obj)
try: os.open("/no/such", 0)
except OSError as e: print(e.errno, e.filename, type(e).__name__)
try: import no_such
except ImportError as e: print(e.name, e.path)
try: eval("1 +* 2")
except SyntaxError as e: print(e.lineno, e.offset, e.text)
try: "\ud800".encode()
except UnicodeError as e: print(e.reason, e.start)
try: next(iter(()))
except StopIteration as e: print(e.value)
class E(Exception): pass
e = E(1, 2)
e.extra = 3
print(e.args, e.extra, e.__dict__, repr(e), str(E("one")), str(E()))
print(E(1).with_traceback(None).__traceback__)
