# Slicing: read, store, delete, with and without a step; slice objects reach __getitem__.
a = list(range(10))
print(a[2:5], a[:3], a[7:], a[::2], a[::-1], a[-3:], a[5:2])
a[2:4] = ["x", "y", "z"]
print(a)
a[::3] = [0] * len(a[::3])
print(a)
del a[1:3]
print(a)
class G:
    def __getitem__(self, k): return k
    def __setitem__(self, k, v): print("set", k, v)
    def __delitem__(self, k): print("del", k)
g = G()
print(g[1], g[1:2], g[1:2:3], g[:, 1], g[..., None])
g[1:2] = 5
g[::2] = 6
del g[3:4]
