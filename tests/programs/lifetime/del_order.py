# __del__ runs when the last reference goes: locals at return, rebinding, del, exceptions, containers.
class O:
    def __init__(self, n): self.n = n
    def __del__(self): print("del", self.n)
def f():
    a, b = O("a"), O("b")
    print("in f")
f()
print("after f")
x = O("x1")
x = O("x2")
print("rebound")
del x
[O("list"), O("list2")].clear()
O("temp").n
print("temp gone")
try:
    y = O("y")
    raise ValueError
except ValueError as e:
    pass
del y
def g(o): return o.n
print(g(O("arg")))
for i in [O("loop")]: pass
del i
print({O("k").n: 1})
def raises():
    local = O("local in raise")
    raise KeyError
try: raises()
except KeyError: print("handled")
print("end")
