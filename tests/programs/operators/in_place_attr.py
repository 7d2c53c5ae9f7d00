# Augmented assignment on attributes, items and slices: read once, written once.
class C:
    def __init__(self): self.n = 1
    def __getitem__(self, k): print("get", k); return 10
    def __setitem__(self, k, v): print("set", k, v)
    def __getattr__(self, n): print("getattr", n); return 5
c = C()
c.n += 2
c[1] += 3
c[1:2] *= 2
c.missing -= 1
print(c.n, c.missing)
def idx(): print("index"); return 0
l = [1, 2]
l[idx()] += 5
print(l)
t = ([],)
try: t[0] += [1]
except TypeError as e: print(e, t)
