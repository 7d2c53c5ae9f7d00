# Comparisons, chained ones too: the middle operand is evaluated once.
def middle():
    print("middle")
    return 5
print(1 < 2, 2 <= 2, 3 > 4, 3 >= 3, 1 == 1.0, 1 != 2)
print(1 < middle() < 10, 1 < middle() > 7, 10 < middle() < 20)
print([1, 2] < [1, 3], (1,) == (1,), "a" < "b", {1} < {1, 2})
