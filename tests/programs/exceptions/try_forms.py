# try, except, else, finally in every combination.
def f(what):
    log = []
    try:
        log.append("try")
        if what == "value": raise ValueError("v")
        if what == "key": raise KeyError("k")
        if what == "return": return log + ["returned"]
    except ValueError as e: log.append(f"except {e}")
    except (KeyError, IndexError): log.append("except tuple")
    else: log.append("else")
    finally: log.append("finally"); print(what, log)
    return log
for w in ("value", "key", "return", "none"): f(w)
def g():
    try:
        try: raise TypeError("inner")
        finally: print("finally only")
    except TypeError as e: return str(e)
print(g())
