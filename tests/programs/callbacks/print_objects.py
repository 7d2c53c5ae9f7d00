# print, str.format, logging of objects whose __str__ and __repr__ run on the machine, and fail.
class A:
    def __str__(self): return "str:" + repr(self)
    def __repr__(self): return "repr"
print(A(), [A()], "%s %r" % (A(), A()), "{0!s} {0!r}".format(A()))
class Bad:
    def __repr__(self): raise ValueError("no repr")
try: print([Bad()])
except ValueError as e: print(e)
class Wrong:
    def __str__(self): return 5
try: print(Wrong())
except TypeError as e: print(e)
class W:
    def write(self, s): out.append(s)
    def flush(self): out.append("flush")
out = []
print("a", 1, sep="-", end="!", file=W(), flush=True)
print(out)
