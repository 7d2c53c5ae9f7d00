# Annotations of variables, functions and classes.
import typing
# until: 3.13
x: int = 1
y: "str"
print(__annotations__)
class C:
    a: int
    b: str = "b"
    def m(self, v: "C") -> typing.List[int]: ...
print(C.__annotations__, C.m.__annotations__, typing.get_type_hints(C.m))
def f(a: 1 + 1, *b: print, **c: None) -> [1]: ...
print(f.__annotations__)
def g():
    z: int = 5
    w: undefined_name
    return z
print(g())
