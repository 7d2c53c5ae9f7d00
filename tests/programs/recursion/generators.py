# Recursive generators and a deep chain of yield from.
def walk(n):
    if n:
        yield n
        yield from walk(n - 1)
print(sum(walk(100)), list(walk(5)))
def tree(d):
    if d == 0: yield "leaf"
    else:
        for side in (tree(d - 1), tree(d - 1)): yield from side
print(len(list(tree(6))))
