# The order in which a call's parts are evaluated.
def say(x, v):
    print(x)
    return v
def f(*a, **k): return a, k
print(say("func", f)(say("1", 1), *say("2", [2]), say("3", 3), k=say("k", 4), **say("kw", {"z": 5})))
