# Type parameter defaults (PEP 696).
# since: 3.13
class Box[T = int, *Ts = *tuple[int, str], **P = [int]]: ...
for p in Box.__type_params__:
    print(p.__name__, p.__default__, p.has_default())
def f[T = list[Undefined]](x: T): ...
try: f.__type_params__[0].__default__
except NameError as e: print(e)
