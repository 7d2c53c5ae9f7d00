# exit 1: an uncaught chain of exceptions, printed with both tracebacks and the carets.
def low(x):
    return {"a": 1}[x] + len(
        [x]
    )
def middle(x):
    try:
        return low(x)
    except KeyError as e:
        raise ValueError(f"bad {x}") from e
class C:
    def __add__(self, other):
        return middle(other)
print("before")
value = (C()
         + "zz")
