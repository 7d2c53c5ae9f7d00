# __new__ and __init__: order, other types, wrong returns, singletons.
class A:
    def __new__(cls, *a):
        print("new", a)
        return super().__new__(cls)
    def __init__(self, *a): print("init", a)
A(1, 2)
class B:
    def __new__(cls): return 5
    def __init__(self): print("never")
print(B())
class C:
    def __init__(self): return 1
try: C()
except TypeError as e: print(e)
class D: pass
try: D(1)
except TypeError as e: print(e)
class S:
    it = None
    def __new__(cls):
        if cls.it is None: cls.it = super().__new__(cls)
        return cls.it
print(S() is S())
class I(int):
    def __new__(cls, v): return super().__new__(cls, v * 2)
print(I(4) + 1)
