# __context__, __cause__, raise from, from None, in functions and loops.
def describe(e):
    out = []
    while e is not None:
        out.append((repr(e), repr(e.__cause__), repr(e.__context__), e.__suppress_context__))
        e = e.__cause__ or e.__context__
    return out
def trial(f):
    try: f()
    except Exception as e: print(describe(e))
def implicit():
    try: raise KeyError("first")
    except KeyError: raise ValueError("second")
def explicit():
    try: raise KeyError("first")
    except KeyError as e: raise ValueError("second") from e
def none():
    try: raise KeyError("first")
    except KeyError: raise ValueError("second") from None
def cls(): raise ValueError("x") from KeyError
def bad(): raise ValueError("x") from 5
def nested():
    try: raise KeyError(1)
    except KeyError:
        try: raise IndexError(2)
        except IndexError: raise TypeError(3)
def from_call():
    def helper(): raise OSError("in helper")
    try: 1 / 0
    except ZeroDivisionError: helper()
def from_c():
    try: 1 / 0
    except ZeroDivisionError: int("x")
for f in (implicit, explicit, none, cls, bad, nested, from_call, from_c): trial(f)
