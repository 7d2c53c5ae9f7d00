# C code that calls back: sort keys, min, max, map, filter, reduce, sorted with cmp_to_key.
import functools
words = ["pear", "fig", "apple"]
print(sorted(words, key=len), sorted(words, key=lambda w: w[-1], reverse=True), min(words, key=len), max(words, key=len))
print(list(map(str.upper, words)), list(map(lambda a, b: a + b, [1, 2], [3, 4])), list(filter(lambda w: "p" in w, words)))
words.sort(key=functools.cmp_to_key(lambda a, b: len(a) - len(b)))
print(words, functools.reduce(lambda a, b: f"({a}{b})", "abcd"))
class K:
    def __init__(self, v): self.v = v
    def __lt__(self, o): print("lt", self.v, o.v); return self.v < o.v
print([k.v for k in sorted([K(2), K(1)])])
try: sorted(words, key=lambda w: 1 / 0)
except ZeroDivisionError as e: print(e)
