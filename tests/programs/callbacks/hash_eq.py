# Dicts and sets that call __hash__ and __eq__ of watched classes.
log = []
class K:
    def __init__(self, v): self.v = v
    def __hash__(self): log.append(("hash", self.v)); return self.v % 2
    def __eq__(self, o): log.append(("eq", self.v, o.v)); return self.v == o.v
d = {K(1): "a", K(3): "b"}
print(d[K(3)], log)
log.clear()
print(len({K(1), K(1), K(2)}), log)
class Bad:
    __hash__ = None
try: {Bad()}
except TypeError as e: print(e)
class E:
    def __eq__(self, o): raise RuntimeError("eq")
    def __hash__(self): return 1
try: {E(): 1}[E()]
except RuntimeError as e: print(e)
