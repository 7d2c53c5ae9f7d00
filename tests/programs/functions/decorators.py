# Decorators: order, arguments, on methods; functools.wraps.
import functools
def tag(name):
    print("make", name)
    def deco(f):
        print("apply", name)
        @functools.wraps(f)
        def wrapper(*a, **k):
            return f"<{name}>{f(*a, **k)}"
        return wrapper
    return deco
@tag("a")
@tag("b")
def hello(x):
    "doc of hello"
    return x
print(hello("hi"), hello.__name__, hello.__doc__, hello.__wrapped__.__name__)
class C:
    @tag("m")
    def m(self): return "m"
    @staticmethod
    def s(x): return x
    @classmethod
    def c(cls): return cls.__name__
print(C().m(), C.s(1), C.c(), C().c())
