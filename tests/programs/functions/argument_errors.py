# What a call says whose arguments do not fit.
def f(a, b, *, c): pass
def g(a, /, b): pass
def h(): pass
class C:
    def m(self, x): pass
calls = [lambda: f(), lambda: f(1, 2), lambda: f(1, 2, 3, c=1), lambda: f(1, 2, c=1, d=2), lambda: g(a=1, b=2),
         lambda: h(1), lambda: f(1, a=1, b=1, c=1), lambda: C().m(), lambda: C().m(1, 2), lambda: f(*1), lambda: f(**1),
         lambda: f(1, 2, **{"c": 1}, **{"c": 2}), lambda: h(**{1: 2}), lambda: (lambda x: x)(), lambda: 5(), lambda: h(x=1),
         lambda: f(**{1: 2}, **{1: 3}), lambda: f(**{(1,): 2}, **{(1,): 3}), lambda: print(**{None: 2}, **{None: 3})]
for call in calls:
    try:
        call()
    except TypeError as e:
        print(e)
