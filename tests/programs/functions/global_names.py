# global, builtins shadowed, NameErrors with suggestions left to the host.
x = 1
def set_global():
    global x, made
    x = 2
    made = "made"
set_global()
print(x, made)
def shadow():
    len = lambda v: "mine"
    return len([1])
print(shadow(), len([1]))
def gone():
    global made
    del made
    try: made
    except NameError as e: print(e)
    try: del made
    except NameError as e: print(e)
gone()
print = print
print("rebound")
