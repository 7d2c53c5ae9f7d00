# Three levels of functions, with nonlocal, global and shadowing.
x = "module"
def a():
    x = "a"
    def b():
        nonlocal x
        x = "b"
        def c():
            global x
            x = "c set global"
            def d(): return x
            return d()
        return c(), x
    return b(), x
print(a(), x)
def recursive(n):
    def inner(m): return m if m == 0 else inner(m - 1) + n
    return inner(3)
print(recursive(2))
def loop():
    fs = []
    for i in range(3):
        def f(i=i): return i
        fs.append((f, lambda: i))
    return [(f(), g()) for f, g in fs]
print(loop())
