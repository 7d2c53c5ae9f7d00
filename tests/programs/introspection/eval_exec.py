# eval and exec: strings, code objects, namespaces, functions made inside, errors inside.
x = "global"
def f():
    x = "local"
    print(eval("x"), eval("x", {"x": "given"}), eval("x + y", {"x": 1}, {"y": 2}))
    exec("x = 'changed'; z = 5")
    print(x)
    ns = {}
    exec("def g(n): return n * 2\nclass K: v = g(4)", ns)
    print(ns["g"](3), ns["K"].v, sorted(k for k in ns if k[0] != "_"))
    return eval("[v * 2 for v in range(3)]"), eval("(lambda: 7)()")
print(f())
code = compile("a = 1\nb = a + 1", "made", "exec")
ns = {}
exec(code, ns)
print(ns["b"])
exec("x = 'via exec'")
print(x, eval(compile("x", "e", "eval")))
for bad in ("1 +", "nope", "1/0"):
    try: eval(bad)
    except Exception as e: print(type(e).__name__, e)
try: exec("raise KeyError('k')")
except KeyError as e: print(repr(e), e.__traceback__.tb_next.tb_frame.f_code.co_filename)
print(list(map(eval, ["1 + 1", "2 * 3"])))
class M(dict):
    def __missing__(self, k): return k.upper()
print(eval("abc + d", {}, M()))
