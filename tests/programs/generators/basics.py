# next, for, list, unpacking; return values in StopIteration; locals live on.
def letters():
    i = 97
    while i < 100:
        yield chr(i)
        i += 1
    return "done"
print(list(letters()), [*letters()], next(letters()))
g = letters()
for x in g: print(x)
try: next(g)
except StopIteration as e: print("stop", e.value)
g = letters()
try:
    while True: next(g)
except StopIteration as e: print("value", e.value)
print(next(g, "default"), sum(1 for _ in letters()), "b" in letters())
