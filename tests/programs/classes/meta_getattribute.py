# What is asked of a metaclass that has a __getattribute__: only what the program asks, never what calls and operators use.
class Meta(type):
    def __getattribute__(cls, name):
        print("asked", name)
        return type.__getattribute__(cls, name)


class Method(metaclass=Meta):
    def __init__(self, function): self.function = function
    def __get__(self, instance, owner): return self.function.__get__(instance, owner)


class Thing(metaclass=Meta):
    def __init__(self, n): self.n = n
    def __call__(self, m): return self.n + m
    def __add__(self, other): return self.n + other
    def __eq__(self, other): return True
    def __hash__(self): return 1
    def __len__(self): return self.n
    def __iter__(self): return iter([self.n])
    def __getitem__(self, key): return key
    def __enter__(self): return self
    def __exit__(self, *rest): return True
    def __contains__(self, other): return False
    def __format__(self, spec): return spec
    def __await__(self): yield 5
    @Method
    def __neg__(self): return -self.n
    def gen(self): yield self.n


thing = Thing(3)
print(thing(2), thing + 1, thing == 2, {thing: 1}[thing], len(thing), [*thing], thing[4], 3 in thing, f"{thing:x}", -thing)
print(bool(thing), thing.n, list(thing.gen()), [n for n in thing])
with thing as other:
    raise KeyError
async def waits(): return await thing
print(waits().send(None), isinstance(thing, Thing), thing != 1)
match thing:
    case Thing(n=4): print("four")
    case Thing(n=3): print("three")
try: thing - 1
except TypeError as error: print(error)
try: raise Thing
except TypeError as error: print(error)
try: Thing()
except TypeError as error: print(error)
first, *rest = thing
print(first, rest, Thing.__name__, type(thing).n if False else "")
del thing
