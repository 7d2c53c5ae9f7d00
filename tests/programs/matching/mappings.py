# match: mappings, rest, duplicate keys, default dicts that make no entry.
import collections
def kind(x):
    match x:
        case {"type": "a", "v": v}: return f"a {v}"
        case {"type": t, **rest}: return f"{t} {rest}"
        case {1: [a, b]}: return a + b
        case {}: return "mapping"
        case _: return "other"
d = collections.defaultdict(list)
print([kind(v) for v in ({"type": "a", "v": 1}, {"type": "b", "z": 2}, {1: [3, 4]}, {}, {"q": 1}, [], d)], dict(d))
class K: A = "k"; B = "k"
try:
    match {"k": 1}:
        case {K.A: 1, K.B: 2}: pass
except ValueError as e: print(e)
