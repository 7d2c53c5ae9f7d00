# Unpacking: sequences, stars, nested, and what does not fit.
a, b = 1, 2
(c, [d, e]), f = (3, "de"), 6
x, *y = range(5)
*p, q = "abc"
m, *n, o = [1, 2]
print(a, b, c, d, e, f, x, y, p, q, m, n, o)
a, b = b, a
a, b, c = c, a, b
print(a, b, c)
for bad in ([1], [1, 2, 3], 5, iter([1]), {1: 1, 2: 2, 3: 3}):
    try:
        g, h = bad
    except Exception as err:
        print(type(err).__name__, err)
try:
    s, *t, u = [1]
except ValueError as err:
    print(err)
