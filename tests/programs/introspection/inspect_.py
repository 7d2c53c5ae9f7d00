# inspect on functions, classes, generators and frames.
import inspect
def f(a, b: int = 1, *args, c, d=2, **kw) -> str:
    "doc"
    return "x"
async def co(): pass
def gen(): yield
async def agen(): yield
class C:
    def m(self): "m"
    @staticmethod
    def s(): pass
    @classmethod
    def c(cls): pass
    p = property(lambda self: 1)
print(inspect.signature(f), inspect.getfullargspec(f).args, inspect.getdoc(f))
print(inspect.isfunction(f), inspect.ismethod(C().m), inspect.isgeneratorfunction(gen), inspect.iscoroutinefunction(co),
      inspect.isasyncgenfunction(agen), inspect.isclass(C), inspect.isroutine(len))
print(inspect.getsource(f))
print(inspect.getsource(C.m), inspect.getsourcelines(gen)[1], inspect.getsourcefile(f) == __file__)
print([n for n, _ in inspect.getmembers(C, inspect.isfunction)])
def here():
    s = inspect.stack()
    return [(r.function, r.lineno) for r in s[:2]], inspect.getframeinfo(inspect.currentframe()).function
print(here())
def outer():
    v = 1
    def inner(): return v + len([])
    return inspect.getclosurevars(inner)
print(outer())
print(inspect.getcallargs(f, 1, c=3), inspect.signature(C().m), inspect.signature(C))
print(inspect.getmodule(f).__name__, inspect.unwrap(f) is f)
g = gen()
print(inspect.getgeneratorstate(g), inspect.isgenerator(g), inspect.getgeneratorlocals(g))
