# A function whose __code__ is exchanged goes on as the other.
def a(): return "a"
def b(): return "b"
a.__code__ = b.__code__
print(a(), a.__code__ is b.__code__, a.__name__)
try:
    def c():
        return x
    def outer():
        x = 1
        def d(): return x
        return d
    c.__code__ = outer().__code__
except ValueError as e:
    print(e)
