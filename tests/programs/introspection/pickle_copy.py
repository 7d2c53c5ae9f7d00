# pickle by name, copy and deepcopy of functions, classes and instances; what cannot be pickled.
import copy, pickle
def f(x): return x + 1
class C:
    def __init__(self, v): self.v = v
    def __eq__(self, o): return self.v == o.v
    def __getstate__(self): return {"v": self.v}
    def __setstate__(self, s): self.v = s["v"] * 10
class R:
    def __init__(self, a): self.a = a
    def __reduce__(self): return R, (self.a + 1,)
print(pickle.loads(pickle.dumps(f)) is f, pickle.loads(pickle.dumps(C)) is C, pickle.loads(pickle.dumps(C(1))).v)
print(copy.copy(f) is f, copy.deepcopy(f) is f, copy.deepcopy([C(2)])[0].v, pickle.loads(pickle.dumps(R(1))).a)
class D:
    def __copy__(self): return "copied"
    def __deepcopy__(self, memo): return "deep"
print(copy.copy(D()), copy.deepcopy([D()]))
def gen(): yield
for bad in (lambda: 0, gen()):
    try: pickle.dumps(bad)
    except Exception as e: print(type(e).__name__)
try: copy.copy(gen())
except TypeError as e: print(e)
