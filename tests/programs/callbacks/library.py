# The library calls back: re.sub, json, itertools, iter with sentinel, str.translate, collections.
import collections, itertools, json, re
print(re.sub(r"\d", lambda m: str(int(m[0]) * 2), "a1b2"))
print(json.dumps({"x": {1}}, default=lambda o: sorted(o)), json.loads('{"a": 1}', object_hook=lambda d: list(d.items())))
n = iter([1, 2, 3, 0, 9])
print(list(iter(lambda: next(n), 0)))
print([(k, list(g)) for k, g in itertools.groupby([1, 3, 2, 4], key=lambda v: v % 2)])
print(list(itertools.takewhile(lambda v: v < 3, itertools.count())), list(itertools.accumulate([1, 2, 3], lambda a, b: a * b)))
print(list(itertools.starmap(lambda a, b: a - b, [(3, 1)])), list(itertools.dropwhile(lambda v: v < 2, range(4))))
d = collections.defaultdict(lambda: "made")
print(d["k"], dict(d), collections.Counter(x % 2 for x in range(5)))
class D(dict):
    def __missing__(self, k): return f"<{k}>"
print(D()["a"], "{x}".format_map(D()), "%(y)s" % D())
class S(str):
    def __str__(self): return "own str"
print(str(S("a")), f"{S('a')}", "".join([S("b")]))
