# A return out of a loop over a generator drops it while it waits for another one.
class N:
    def __init__(self, *kids):
        self.kids = kids

    def iter_child_nodes(self, exclude=None, only=None):
        for k in self.kids:
            if isinstance(k, N):
                yield k

    def find(self, t):
        for result in self.find_all(t):
            return result
        return None

    def find_all(self, t):
        for child in self.iter_child_nodes():
            if isinstance(child, t):
                yield child
            yield from child.find_all(t)


class M(N):
    pass


tree = N(N(), N(N(N(), 1, N(M()))), M())
print(type(tree.find(M)).__name__, N(N()).find(M), tree.find(int))


def inner():
    try:
        yield 1
    finally:
        print("inner ends")


def outer():
    yield from inner()


def first():
    for value in outer():
        return value


print(first())
