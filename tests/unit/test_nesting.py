"""Qualified names of nested code objects, which 3.10 does not keep in the code object."""

from __future__ import annotations

import sys
from types import CodeType, FunctionType
from typing import Any

from codes import module_code
from lasti.bytecode import nested_code
from lasti.versions import PY312

SOURCE = """
def outer(a):
    def inner():
        return [x for x in [lambda: a]]
    class Local:
        def method(self): pass
    return inner, Local

class Outer:
    class Inner:
        def method(self, key=lambda: 1): pass
    @property
    def value(self): return {k: v for k, v in ()}
    async def coroutine(self): yield

def renames():
    global everywhere
    def everywhere(): pass
    return everywhere
"""


def test_every_function_has_the_name_that_it_gets_at_run_time() -> None:
    code = module_code(SOURCE)
    found = {id(inner): name for name, inner in nested_code(code)}
    names: dict[str, Any] = {}
    exec(code, names)
    functions: list[FunctionType] = [names["outer"], names["renames"], names["renames"](), names["Outer"].value.fget]
    inner, local = names["outer"](1)
    functions += [inner, local.method, names["Outer"].Inner.method, names["Outer"].Inner.method.__defaults__[0]]
    (nested_lambda,) = inner()
    functions += [nested_lambda, names["Outer"].coroutine]
    assert len({function.__code__ for function in functions}) == len(functions)
    for function in functions:
        assert found[id(function.__code__)] == function.__qualname__


def test_classes_comprehensions_and_order() -> None:
    pairs = list(nested_code(module_code(SOURCE)))
    names = [name for name, _ in pairs]
    in_order = ["<module>", "outer", "outer.<locals>.inner", "Outer", "Outer.Inner", "renames"]
    assert [name for name in names if name in in_order] == in_order
    assert "outer.<locals>.Local.method" in names
    assert "everywhere" in names
    assert ("outer.<locals>.inner.<locals>.<listcomp>" in names) is not PY312
    assert len(names) == len({id(code) for _, code in pairs})


def test_a_function_of_its_own() -> None:
    code = sys._getframe().f_code
    ((name, same),) = [pair for pair in nested_code(code, "given") if isinstance(pair[1], CodeType)][:1]
    assert same is code
    assert name in ("given", "test_a_function_of_its_own")
