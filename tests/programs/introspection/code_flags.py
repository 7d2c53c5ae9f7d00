# Code objects: flags by kind, constants, names, nested code.
import dis
def plain(a, *b, **c): pass
def gen(): yield
async def co(): pass
async def ag(): yield
for f in (plain, gen, co, ag, lambda: 0):
    print(f.__name__, f.__code__.co_flags & ~0x4000000, dis.pretty_flags(f.__code__.co_flags & 0xFFF))
c = compile("def f():\n def g(): pass\n return g", "x", "exec")
print(c.co_name, [k.co_name for k in c.co_consts if hasattr(k, "co_name")])
print(f.__code__ == f.__code__, hash(f.__code__) == hash(f.__code__), repr(plain.__code__).split(",")[0][:18])
