# match: sequences, stars, nesting; what is a sequence and what is not.
import collections, array
def kind(x):
    match x:
        case []: return "empty"
        case [a]: return f"one {a}"
        case [1, *rest]: return f"one and {rest}"
        case (a, b): return f"two {a} {b}"
        case [[a, b], *_, [c]]: return f"nested {a}{b}{c}"
        case [first, *_, last]: return f"{first}..{last}"
        case _: return "no sequence"
print([kind(v) for v in ([], [9], [1, 2, 3], (5, 6), [[1, 2], 0, [3]], range(4), "ab", b"ab", {1, 2}, {1: 2})])
print(kind(collections.deque([7, 8])), kind(array.array("i", [1])), kind(iter([1])))
