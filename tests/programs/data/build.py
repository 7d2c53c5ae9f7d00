# Displays: list, tuple, set, dict, with unpacking inside.
a = [1, 2]
d = {"x": 1}
print([*a, 3, *a], (*a, *a), {*a, 5} == {1, 2, 5}, {**d, "y": 2, **{"x": 9}})
print([], (), {}, set(), (1,), [[]] * 2)
print({k: v for k, v in zip("ab", range(2))}, {c for c in "a"}, [i for i in range(3) if i % 2])
try:
    [*1]
except TypeError as e: print(e)
try:
    {**1}
except TypeError as e: print(e)
