# del: names, attributes, items, slices; and using what is gone.
class O: pass
o = O()
o.a = 1
d = {"k": 1}
l = [1, 2, 3]
n = 5
del o.a, d["k"], l[0], n
print(d, l, hasattr(o, "a"))
try: n
except NameError as e: print(e)
try: del n
except NameError as e: print(e)
try: del o.a
except AttributeError as e: print(e)
def f():
    x = 1
    del x
    try: x
    except UnboundLocalError as e: print(e)
    try: del x
    except UnboundLocalError as e: print(e)
f()
def g(y):
    def inside():
        nonlocal y
        try: del y
        except NameError as e: print(type(e).__name__, e)
        try: y
        except NameError as e: print(type(e).__name__, e)
    inside()  # a cell that has a value
    inside()
    try: del y
    except UnboundLocalError as e: print(e)
    class C:
        nonlocal y
        try: del y
        except NameError as e: print(type(e).__name__, e)
g(1)
