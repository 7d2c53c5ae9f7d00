# Generators dropped while suspended run their finally at once, in order.
def g(name):
    try: yield name
    finally: print("finally", name)
a, b = g("a"), g("b")
next(a), next(b)
del a
print("a gone")
b = None
print("b gone")
for x in g("loop"): break
print("after loop")
def f():
    it = g("local")
    next(it)
    return "returned"
print(f())
[next(g(n)) for n in "xy"]
list(zip(g("z1"), g("z2"), []))
print("end")
