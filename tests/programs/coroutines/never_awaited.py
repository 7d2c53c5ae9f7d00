# Coroutines that nobody awaits warn when they go; those that were closed or begun do not.
import warnings
def show(message, category, filename, lineno, file=None, line=None): print(category.__name__, message, lineno)
warnings.showwarning = show
warnings.simplefilter("always")
async def c(): pass
c()
x = c()
del x
y = c(); y.close()
del y
z = c()
try: z.send(None)
except StopIteration: pass
del z
async def outer(): return c()
try: outer().send(None)
except StopIteration as e: pass
print([c() for _ in range(2)] and "kept")
class A:
    async def method(self): pass
A().method()
t = c()
try: t.throw(KeyError("k"))
except KeyError as e: print("thrown", e)
del t
print("end")
