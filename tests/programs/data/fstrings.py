# f-strings: conversions, format specs, nesting, the = form, braces.
n, s, f = 42, "it's", 3.14159
print(f"{n} {s!r} {s!s} {s!a} {f:.2f} {n:>6}|{n:<6}|{n:^6}|{n:#x} {f:{n // 6}.{1 + 1}}")
print(f"{n=} {s=} {f=:.1f} {n + 1 = }")
print(f"{{}} {'nested'} {[i for i in range(3)]} {(lambda v: v + 1)(1)}")
class F:
    def __format__(self, spec): return f"<{spec}>"
print(f"{F()} {F():abc} {F()!r:.4}")
print(f"" f"a{1}" "b" f"{2}")
