# is None, is not None and their jumps, in loops.
def kind(x):
    if x is None:
        return "none"
    if x is not None and x > 3:
        return "big"
    return "small"
print([kind(v) for v in (None, 1, 9)])
for v in [None, 1, None, 2]:
    if v is None:
        continue
    print(v)
i = 0
while True:
    i += 1
    if i == 3: continue
    if i > 5: break
    print("i", i)
else:
    print("never")
for q in []:
    pass
else:
    print("else")
