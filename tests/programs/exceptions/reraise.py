# Bare raise: in handlers, in called functions, outside of any.
def again():
    try: raise ValueError("v")
    except ValueError: raise
def helper(): raise
def through():
    try: raise KeyError("k")
    except KeyError: helper()
for f in (again, through, helper):
    try: f()
    except Exception as e: print(type(e).__name__, e)
def twice():
    try:
        try: raise ValueError("a")
        except ValueError as e:
            kept = e
            raise
    except ValueError as e: return e is kept
print(twice())
def after():
    try: raise ValueError("gone")
    except ValueError as e: pass
    try: e
    except NameError as err: return str(err)
print(after())
