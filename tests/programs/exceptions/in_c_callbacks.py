# Exceptions of callbacks pass through C code with the right traceback and context.
import functools, traceback
def bad(*a): raise KeyError("cb")
class K:
    def __lt__(self, o): raise ValueError("lt")
    def __hash__(self): raise TypeError("hash")
    def __len__(self): return -1
    def __bool__(self): return 5
    def __iter__(self): raise OSError("iter")
    def __eq__(self, o): raise RuntimeError("eq")
trials = [lambda: sorted([1, 2], key=bad), lambda: list(map(bad, [1])), lambda: sorted([K(), K()]), lambda: {K()}, lambda: len(K()),
          lambda: bool(K()), lambda: list(K()), lambda: K() in [K()], lambda: functools.reduce(bad, [1, 2]), lambda: [K()] == [K()],
          lambda: max([1], key=bad), lambda: "".join(K() for _ in [1])]
for t in trials:
    try: print(t())
    except Exception as e: print(repr(e), [s.name for s in traceback.extract_tb(e.__traceback__)][1:])
