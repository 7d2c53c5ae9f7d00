# Name mangling, __dict__, getattr, setattr, vars, delattr, hasattr.
class A:
    __x = 1
    def get(self): return self.__x, self._A__x
    def set(self, v): self.__x = v
a = A(); a.set(5)
print(a.get(), A._A__x, a.__dict__, vars(a), hasattr(a, "__x"))
setattr(a, "y z", 1); print(getattr(a, "y z"), getattr(a, "nope", "default")); delattr(a, "y z")
print(a.__dict__)
