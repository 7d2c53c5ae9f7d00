# Which of two classes' operators is asked: NotImplemented, subclass first.
class A:
    def __add__(self, o): print("A.add"); return NotImplemented
    def __radd__(self, o): print("A.radd"); return "A"
class B(A):
    def __radd__(self, o): print("B.radd"); return "B"
print(A() + B())
print(1 + A())
try:
    A() + 1
except TypeError as e:
    print(e)
