# except*: splitting, rest, naming, raising, naked exceptions.
# since: 3.11
def f(error):
    try:
        try: raise error
        except* ValueError as g: print("values", g.exceptions)
        except* (KeyError, OSError) as g: print("keys", g.exceptions)
        else: print("else")
        finally: print("finally")
    except BaseException as e: print("left", repr(e))
f(ExceptionGroup("g", [ValueError(1), KeyError(2), ValueError(3)]))
f(ExceptionGroup("g", [ValueError(1), TypeError(2), ExceptionGroup("in", [OSError(3), TypeError(4)])]))
f(ValueError("naked"))
f(TypeError("naked"))
def raising():
    try: raise ExceptionGroup("g", [ValueError(1), KeyError(2)])
    except* ValueError as e: raise IndexError("new")
    except* KeyError: raise
try: raising()
except ExceptionGroup as g: print(repr(g), [repr(e.__context__) for e in g.exceptions])
try:
    try: pass
    except* ValueError: pass
    else: print("no error")
except Exception: pass
try:
    try: raise ValueError
    except* ExceptionGroup: pass
except TypeError as e: print(e)
