# f_locals of a module and of a class while and after a comprehension whose variable an inner function uses has run.
import sys

frame = sys._getframe()


def show():
    names = frame.f_locals
    print(type(names).__name__, "sys" in names, "o" in names, names.get("o"))


print([(lambda: o)() for o in [1, 2]])
show()
print([(lambda: (o, show()))() for o in [1, 2]])
show()
try:
    print([(lambda: o / 0)() for o in [1, 2]])
except ZeroDivisionError:
    show()
print([show() for q in [1, 2]])
show()


class Body:
    of_body = sys._getframe()
    inside = [
        print(sorted(name for name in frame.f_locals if name[0] != "_"), [(lambda: other)() for other in "a"])
        for frame in [of_body]
    ]
    print(sorted(name for name in of_body.f_locals if name[0] != "_"))


o = 5
print([(lambda: (o, show()))() for o in [1, 2]])
show()
