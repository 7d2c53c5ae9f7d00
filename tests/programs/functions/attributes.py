# A function's own attributes.
def f(a: int, b: "str" = 1, *args, **kw) -> float:
    "the doc"
    x = 1
    return x
print(f.__name__, f.__qualname__, f.__doc__, f.__module__, f.__defaults__, f.__kwdefaults__)
print(f.__annotations__)
f.extra = 5
print(f.__dict__, f.extra, callable(f), type(f).__name__)
code = f.__code__
print(code.co_name, code.co_argcount, code.co_varnames, code.co_flags & 0x0F, code.co_firstlineno)
f.__name__ = "renamed"
print(f.__name__, repr(f).split(" at ")[0])
def no_doc(): return "not a doc"
print(no_doc.__doc__, (lambda: "s").__doc__, (lambda: 1).__name__)
class C:
    def m(self): "m doc"
print(C.m.__qualname__, C().m.__func__ is C.m, C.m.__doc__)
