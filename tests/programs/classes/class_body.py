# Class bodies: code in them, loops, conditionals, names that vanish, __qualname__, __module__.
class C:
    print("running", __name__, __qualname__, __module__)
    for i in range(3): pass
    if i == 2:
        def f(self): return "two"
    else:
        def f(self): return "other"
    del i
    x = y = 1
    try: undefined
    except NameError as e: caught = str(e)
    import math as m
    exec("z = 5")
    locals()["w"] = 6
    class D:
        print(__qualname__)
print(C().f(), hasattr(C, "i"), C.caught, C.m.pi > 3, C.z, C.w, C.D.__qualname__)
try:
    class E:
        raise ValueError("in body")
except ValueError as e: print(e)
