# Assignments that move values between local variables: exchanged, shifted, turned, several at once.
def swap(a, b):
    a, b = b, a
    return a, b
def shift(a, b):
    a, b = b, None
    return a, b
def three(a, b, c):
    a, b, c = c, a, b
    return a, b, c
def rot(a, b, c):
    a, b, c = b, c, 0
    return a, b, c
def walrus(a, b):
    t = (a, (a := b), a)
    return t
def chain(a, b):
    a = b = a, b
    return a, b
def loop(n):
    p, q = 0, 1
    for i in range(n):
        p, q = q, i
    return p, q
def aug(a, b):
    a, b = b, a + b
    return a, b
def same(a, b):
    a, a = a, b
    return a
def dele(a, b):
    x, a = a, b
    del a
    return x
def four(a, b, c, d):
    a, b, c, d = b, a, d, c
    return a, b, c, d
def four2(a, b, c, d):
    a, b, c, d = d, "k", a, b
    return a, b, c, d
def attr(a, b):
    class O: pass
    o = O()
    o.x, a = a, b
    a, o.y = b, a
    return o.x, o.y, a
def inlist(a, b):
    l = [0, 0]
    l[0], a, l[1] = a, b, a
    return l, a
def comp(a): return [(x, y) for x, y in [(a, 1)] for x, y in [(y, x)]]
print(swap(1, 2), shift(1, 2), three(1, 2, 3), rot(1, 2, 3), walrus(1, 2), chain(1, 2), loop(3), aug(1, 2), same(1, 2), dele(1, 2), four(1, 2, 3, 4), four2(1, 2, 3, 4), attr(1, 2), inlist(1, 2), comp(5))
class Noisy:
    def __init__(self, name): self.name = name
    def __del__(self): print("dies", self.name)
def deaths():
    a, b = Noisy("a"), Noisy("b")
    a, b = b, Noisy("c")
    print("moved", a.name, b.name)
    a, b = None, a
    print("end")
deaths()
def fails(a):
    try: a, b = a, missing
    except NameError: return a, "b" in locals()
print(fails(1))
