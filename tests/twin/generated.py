"""Random programs of pysource-codegen, made to run: every kind of syntax, in combinations that nobody writes.

The names that such a program uses, ``name_0`` to ``name_5``, are given values that can be called, iterated, awaited,
entered, added ... (see ``generated_support.py``).  Each statement of the module stands in a ``try`` of its own; loops
and functions tick, and a statement that ticks too often is over.
"""

from __future__ import annotations

import ast
import warnings

from pysource_codegen import generate

GUARD = """
try:
    pass
except BaseException as error:
    tell({index}, error)
"""


class Runnable(ast.NodeTransformer):
    """Puts ``tick()`` at the beginning of each function's and each loop's body; lets exceptions be some."""

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        """Raise an exception, whatever it is made of."""
        self.generic_visit(node)
        for name in ("exc", "cause"):
            if getattr(node, name) is not None:
                setattr(node, name, ast.Call(ast.Name("as_error", ast.Load()), [getattr(node, name)], []))
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        """Catch what is raised here, or something else."""
        self.generic_visit(node)
        if node.type is not None:
            node.type = ast.Name(("Error", "TypeError", "Exception")[len(node.body) % 3], ast.Load())
        return node

    def visit_body(self, node: ast.AST) -> ast.AST:
        """Put it there."""
        self.generic_visit(node)
        assert isinstance(node, (ast.While, ast.For, ast.AsyncFor, ast.FunctionDef, ast.AsyncFunctionDef))
        node.body.insert(0, ast.parse("tick()").body[0])
        return node

    visit_While = visit_For = visit_AsyncFor = visit_FunctionDef = visit_AsyncFunctionDef = visit_body


def write_module(seed: int, nodes: int = 500) -> str | None:
    """Return the source of a module, or None when this seed gives none that can be compiled."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            statements = ast.parse(generate(seed, node_limit=nodes, depth_limit=7)).body
            source = "from generated_support import *\n" + "\n".join(
                [_guarded(index, each) for index, each in enumerate(statements) if not isinstance(each, ast.Pass)]
            )
            compile(source, f"<seed {seed}>", "exec")
        except (SyntaxError, ValueError, RecursionError):
            return None  # ast.unparse is not exact everywhere
    return source


def _guarded(index: int, statement: ast.stmt) -> str:
    guarded = ast.parse(GUARD.format(index=index))
    body = [*ast.parse(f"begin(globals(), {index})").body, Runnable().visit(statement)]
    body += ast.parse("show(globals())").body
    guarded.body[0].body = body  # type: ignore[attr-defined]
    return ast.unparse(ast.fix_missing_locations(guarded))
