# Objects in with, for and except targets: when they go.
class O:
    def __init__(self, n): self.n = n
    def __del__(self): print("del", self.n)
    def __enter__(self): return O(self.n + " inner")
    def __exit__(self, *a): print("exit", self.n)
with O("cm") as x: print("body")
print("after with")
x = None
for y in (O("i1"), O("i2")): print("loop", y.n)
y = None
print("after loop")
def f(): return [O("in list")]
f()
print("dropped")
lambda: O("never made")
(lambda: O("lambda"))()
a, b = O("left"), O("right")
a, b = b, a
del a
print("end")
