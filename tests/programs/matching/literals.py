# match: literals, or-patterns, guards, captures, wildcards, values by dotted name.
class K: LIMIT = 10
def kind(x):
    match x:
        case 0: return "zero"
        case 1 | 2 | 3: return "small"
        case -1 | 1.5 | 2j: return "odd numbers"
        case "a" | b"a": return "letter"
        case None | True | False: return "singleton"
        case K.LIMIT: return "limit"
        case int(n) if n > 100: return f"big {n}"
        case str() as s: return f"str {s}"
        case other: return f"other {other!r}"
print([kind(v) for v in (0, 2, -1, 1.5, 2j, "a", b"a", None, True, 10, 500, 50, "zz", [])])
match 5:
    case _: print("any")
