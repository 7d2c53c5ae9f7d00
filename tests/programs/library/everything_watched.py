# The standard library itself runs on the machine, with rich: much code that nobody wrote for it.
# watch: *
# soak: a minute's work
import asyncio, dataclasses, enum, json, textwrap, string, decimal, fractions, statistics, collections, functools, contextlib, argparse, configparser, csv, io, html.parser, urllib.parse, difflib, heapq, bisect, random, datetime, tokenize, ast, logging, tempfile, pathlib, shutil, zipfile, gzip, base64, hashlib, uuid, pprint, copy, graphlib, ipaddress, calendar, email.message, email.parser, xml.etree.ElementTree as ET, sqlite3, pickle, struct, itertools, re, typing, inspect, types, string
from rich.console import Console
from rich.table import Table
from rich.markdown import Markdown
from rich.syntax import Syntax
from rich.tree import Tree

c = Console(width=80, file=io.StringIO(), force_terminal=True)
t = Table(title="T")
t.add_column("a")
t.add_column("b", justify="right")
for i in range(5):
    t.add_row(str(i), "[red]x[/]" * i)
c.print(t)
c.print(Markdown("# hi\n* a\n* b\n\n```python\nprint(1)\n```\n"))
c.print(Syntax("def f(x):\n    return x + 1\n", "python"))
tr = Tree("root")
tr.add("a").add("b")
c.print(tr)
c.print({"a": [1, 2, {"b": (1, 2)}]}, [1.5, None])
try:
    1 / 0
except Exception:
    c.print_exception()
print(re.sub(r"0x[0-9a-f]+", "0x", c.file.getvalue()))
print(textwrap.fill("the quick brown fox " * 10, 40))
print(string.Template("$a ${b}").substitute(a=1, b=2))
print(
    decimal.Decimal("1.1") + decimal.Decimal("2.2"),
    fractions.Fraction(1, 3) + 1,
    statistics.stdev([1, 2, 3, 4]),
    statistics.median([1, 5, 2]),
)
p = argparse.ArgumentParser(prog="x", description="d")
p.add_argument("--a", type=int, default=3, help="the a")
sub = p.add_subparsers()
s = sub.add_parser("go")
s.add_argument("f", nargs="*")
print(p.parse_args(["--a", "4", "go", "x", "y"]))
print(p.format_help())
cp = configparser.ConfigParser()
cp.read_string("[a]\nx = 1\ny = %(x)s2\n")
print(cp["a"]["y"], cp.sections())
print(list(csv.DictReader(io.StringIO('a,b\n1,2\n3,"x,y"\n'))))


class P(html.parser.HTMLParser):
    def handle_starttag(self, tag, attrs):
        print("<", tag, attrs)

    def handle_data(self, data):
        print("d", repr(data))


P().feed("<a href='x'>hi &amp; <b>there</b></a>")
print(urllib.parse.urlsplit("http://u:p@h:80/p?q=1#f"), urllib.parse.parse_qs("a=1&b=2&a=3"))
print("\n".join(difflib.unified_diff("a b c".split(), "a x c".split(), lineterm="")))
random.seed(5)
print(random.sample(range(100), 5), random.choice("abc"), random.gauss(0, 1))
print(datetime.datetime(2020, 1, 2).isoformat(), datetime.date.fromisoformat("2021-03-04") - datetime.date(2021, 1, 1))
print([t.string for t in tokenize.generate_tokens(io.StringIO("x = f(1) + 'a'\n").readline)])
print(ast.dump(ast.parse("x = [i for i in y if i]")), ast.unparse(ast.parse("def f(a, *, b=1) -> int:\n  return a+b")))
logging.basicConfig(
    format="%(levelname)s %(funcName)s %(lineno)d %(message)s", stream=__import__("sys").stdout, level=10
)


def logs():
    logging.info("hello %s", "w")
    logging.getLogger("x.y").warning("w")


logs()
with tempfile.TemporaryDirectory() as d:
    f = pathlib.Path(d, "a.txt")
    f.write_text("hi\n" * 3)
    shutil.copy(f, f.with_suffix(".bak"))
    print(sorted(x.name for x in pathlib.Path(d).iterdir()))
    with zipfile.ZipFile(pathlib.Path(d, "z.zip"), "w") as z:
        z.write(f, "q.txt")
    print(zipfile.ZipFile(pathlib.Path(d, "z.zip")).read("q.txt"))
    with gzip.open(pathlib.Path(d, "g.gz"), "wt") as g:
        g.write("x" * 100)
    print(len(gzip.open(pathlib.Path(d, "g.gz"), "rt").read()))
print(
    uuid.uuid5(uuid.NAMESPACE_DNS, "x"),
    list(graphlib.TopologicalSorter({1: [2], 2: [3]}).static_order()),
    ipaddress.ip_network("10.0.0.0/30").num_addresses,
)
pprint.pprint({"a": list(range(30)), "b": {"c": "x" * 50}})
print(calendar.month(2020, 2))
m = email.message.EmailMessage()
m["Subject"] = "héllo"
m["To"] = "a@b.c"
m.set_content("body")
print(m.as_string())
print(email.parser.Parser().parsestr("A: b\n\nbody").get_payload())
e = ET.fromstring("<a><b x='1'>t</b></a>")
print(ET.tostring(e), [(n.tag, n.attrib) for n in e.iter()])
db = sqlite3.connect(":memory:")
db.create_function("twice", 1, lambda x: x * 2)
print(db.execute("select twice(21)").fetchall())


@dataclasses.dataclass(order=True, frozen=True)
class D:
    a: int
    b: list = dataclasses.field(default_factory=list, compare=False)


print(D(1) < D(2), dataclasses.replace(D(1), a=5), dataclasses.asdict(D(1, [D(2)])), hash(D(1)) == hash(D(1)))


class E(enum.Flag):
    A = enum.auto()
    B = enum.auto()
    C = A | B


print(E.A | E.B, E(3), list(E), E.C.name)


class N(typing.NamedTuple):
    x: int = 1
    y: str = "s"


print(N(), N(2)._replace(y="q"), pickle.loads(pickle.dumps(N(5))), copy.deepcopy(D(3, [1])))


@functools.singledispatch
def sd(x):
    return "any"


@sd.register
def _(x: int):
    return "int"


print(sd(1), sd("x"), functools.reduce(lambda a, b: a * b, range(1, 6)))


@functools.lru_cache(None)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


print(fib(60), fib.cache_info())


@contextlib.contextmanager
def cm():
    try:
        yield 5
    finally:
        print("exit")


with cm() as v, contextlib.ExitStack() as st:
    st.callback(print, "cb")
    print(v)


async def worker(q, n):
    while (x := await q.get()) is not None:
        print(n, x)
        await asyncio.sleep(0)
        q.task_done()


async def main():
    q = asyncio.Queue()
    ws = [asyncio.create_task(worker(q, i)) for i in range(2)]
    for i in range(5):
        await q.put(i)
    await q.join()
    for w in ws:
        w.cancel()
    print([type(x).__name__ for x in await asyncio.gather(*ws, return_exceptions=True)])

    async def h(r, w):
        w.write((await r.readline()).upper())
        await w.drain()
        w.close()

    s = await asyncio.start_server(h, "127.0.0.1", 0)
    r, w = await asyncio.open_connection(*s.sockets[0].getsockname())
    w.write(b"hi\n")
    print(await r.read())
    w.close()
    s.close()
    print(
        await asyncio.to_thread(lambda: 42),
        (await (await asyncio.create_subprocess_exec("echo", "hi", stdout=-1)).communicate()),
    )
    try:
        await asyncio.wait_for(asyncio.sleep(5), 0.01)
    except asyncio.TimeoutError:
        print("timeout")


asyncio.run(main())
print(inspect.signature(logs), inspect.getsource(logs), inspect.getmodule(logs))
