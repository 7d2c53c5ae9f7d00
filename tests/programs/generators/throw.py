# throw: caught and answered, not caught, before the start, after the end, by class and by instance.
def g():
    while True:
        try: x = yield "waiting"
        except ValueError as e: print("caught", e)
        except KeyError: return "returned"
it = g()
print(next(it), it.throw(ValueError("v")), it.throw(ValueError))
try: it.throw(KeyError("k"))
except StopIteration as e: print(e.value)
try: it.throw(TypeError("late"))
except TypeError as e: print(e)
try: g().throw(OSError("early"))
except OSError as e: print(e)
try: next(g()).bad
except AttributeError as e: print(e)
for bad in (5, "x", int):
    try: g().throw(bad)
    except TypeError as e: print(e)
try: it.throw()
except TypeError as e: print(e)
def chain():
    try: yield
    except ValueError as e: raise KeyError("new") from e
c = chain()
next(c)
try: c.throw(ValueError("cause"))
except KeyError as e: print(repr(e.__cause__))
