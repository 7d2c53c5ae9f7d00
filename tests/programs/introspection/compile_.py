# What compile, eval and exec compile inherits the __future__ statements of the code that calls them, and no others.
import builtins
import code
import codeop
import functools

from future_helper import compiled_there

TEXT = "def f(x: int): pass\ny: int = 3"


def annotations(compiled):
    names = {}
    exec(compiled, names)
    return names["f"].__annotations__


print(annotations(TEXT), annotations(TEXT.encode()))
print(annotations(compile(TEXT, "a", "exec")), annotations(builtins.compile(TEXT, "a", "exec")))
print(annotations(functools.partial(compile, TEXT, "a")("exec")))
print([annotations(each) for each in map(compile, [TEXT], ["a"], ["exec"])])
print(annotations(list(map(compile, [TEXT], ["a"], ["exec"]))[0]))
print(annotations(compile(TEXT, "a", "exec", 0, True)), annotations(compile(TEXT, "a", "exec", dont_inherit=True)))
print(annotations(compiled_there(TEXT)), [annotations(each) for each in map(compiled_there, [TEXT])])
print(annotations(compile("from __future__ import annotations\n" + TEXT, "a", "exec")))
print(eval("compile('x: int', 'b', 'exec').co_flags") & 0x1000000)
names = {}
code.InteractiveInterpreter(names).runsource(TEXT + "\n", symbol="exec")
print(names["f"].__annotations__, codeop.compile_command("def f():"))

print(eval(" \t1 + 1"), eval(b" 1 + 1 "), eval(bytearray(b"\t1 + 1")), eval("x", {"x": 5}, {"x": 6}))
for text in ("1 <> 2", "from __future__ import nope", "a b", "", "x = 1", "\n 1"):
    try:
        print(eval(text))
    except SyntaxError as error:
        print(type(error).__name__, error, error.filename, error.lineno, error.offset, error.text)
