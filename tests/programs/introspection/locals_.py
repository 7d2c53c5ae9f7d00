# locals(), vars(), dir(), globals() in functions, classes, modules and comprehensions.
def f(a, b=2, *c, **d):
    e = 5
    print(locals())
    print(sorted(vars()), dir())
    l = locals()
    l["new"] = 1
    print("new" in locals() or "no")
    return [sorted(locals()) for _ in range(1)][0][-1]
f(1, 3, 4, z=5)
class C:
    x = 1
    print(sorted(k for k in locals() if not k.startswith("__")))
    print(locals() is vars())
print(globals() is locals(), "f" in dir(), vars(C)["x"])
def g():
    x = 1
    def h(): return x
    return locals().keys() >= {"x", "h"}, h.__closure__ is not None
print(g())
def cell():
    print(sorted(locals()))
    y = 2
    def inner():
        nonlocal y
        y = 3
        return sorted(locals())
    print(inner(), locals()["y"])
cell()
