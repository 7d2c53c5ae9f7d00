# Operators of sets and dicts.
a, b = {1, 2, 3}, {2, 3, 4}
print(a & b, sorted(a | b), a - b, sorted(a ^ b), a <= b, {1} < a, a.isdisjoint({9}))
d = {"x": 1} | {"y": 2}
d |= {"x": 9}
print(d, d.keys() & {"x"}, sorted(d.items()), dict.fromkeys("ab", 0), d.setdefault("z", 3), d.pop("z"))
