# Starred targets in for, with, nested and attribute targets.
for a, *b in [(1, 2, 3), "xy", [9]]: print(a, b)
class O: pass
o, d = O(), {}
o.x, d["k"], *o.rest = range(5)
print(o.x, d, o.rest)
[p, [q, *r]], *s = [1, "abc"], 5, 6
print(p, q, r, s)
a = b = c = []
a.append(1)
print(b is c, c)
x = y, z = 1, 2
print(x, y, z)
