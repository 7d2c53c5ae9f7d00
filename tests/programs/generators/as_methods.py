# Generators as methods, class iterators, properties, static methods; recursion over trees.
class Tree:
    def __init__(self, v, *kids): self.v, self.kids = v, kids
    def __iter__(self):
        yield self.v
        for k in self.kids: yield from k
    @property
    def pairs(self):
        for k in self.kids: yield self.v, k.v
    @staticmethod
    def up(n): yield from range(n)
    @classmethod
    def names(cls): yield cls.__name__
    def __reversed__(self): return reversed(list(self))
t = Tree(1, Tree(2, Tree(3)), Tree(4))
print(list(t), list(t.pairs), list(t.up(2)), list(Tree.names()), list(reversed(t)), 3 in t, max(t), [*t])
