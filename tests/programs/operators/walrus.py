# Assignment expressions, in conditions and in comprehensions.
if (n := len("hello")) > 3:
    print(n)
print([y := 1, y + 1, (z := y * 10)], y, z)
print([last := x for x in range(4)], last)
def f():
    return (a := 3) + a
print(f())
while (n := n - 1) > 2:
    print("n", n)
