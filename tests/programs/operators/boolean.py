# and, or, not: which operand comes out, and which is not evaluated.
def show(v):
    print("eval", v)
    return v
print(show(0) and show(1), show(2) and show(3), show(0) or show(""), show(4) or show(5))
print(not (show(1) and not show(0)))
x = show(1) if show(0) else show(2)
print(x)
