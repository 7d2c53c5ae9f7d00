# types.FunctionType, types.MethodType and CodeType.replace.
import types
def f(x): return x + base
g = types.FunctionType(f.__code__, {"base": 10, "__builtins__": {}}, "g")
print(g(1), g.__name__)
m = types.MethodType(lambda self, v: (self, v), "me")
print(m(2))
h = types.FunctionType(f.__code__.replace(co_name="h"), {"base": 1})
print(h(1), h.__code__.co_name)
