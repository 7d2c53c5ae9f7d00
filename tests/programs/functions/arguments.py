# Every way to pass and to take arguments.
def f(a, b=2, /, c=3, *args, d, e=5, **kw):
    return a, b, c, args, d, e, sorted(kw.items())
print(f(1, d=4))
print(f(1, 9, 8, 7, 6, d=4, e=0, z=1))
print(f(*[1, 2], **{"d": 4, "a": "in kw"}))
print(f(1, *(2, 3), 4, *[5], d=0, **{"x": 1}, **{"y": 2}))
