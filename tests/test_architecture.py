"""The shape of the package: what may import what, where versions are asked for, what every module must have."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "lasti"
MODULES = sorted(SOURCE.rglob("*.py"))

# A module imports only what stands in the lines above its own; side by side means: not each other.  A folder stands
# for all that is in it, a file at the top for itself.
LAYERS = [
    ["errors", "versions", "events", "chance", "__init__"],
    ["bytecode"],
    ["machine", "native", "eventloop", "interpreters", "trace", "view", "program", "watch", "output", "terminal"],
    ["session", "scanner", "recording", "frames"],
    ["commands", "cli", "notebook", "pytest_plugin"],
    ["__main__"],
]
# Side by side, and yet: the one on the left uses the other.
ALSO = {("trace", "native"), ("trace", "eventloop"), ("view", "trace"), ("cli", "commands")}
ROOT = "__init__"


def name_of(path: Path) -> str:
    """Return the dotted name of a module."""
    parts = ["lasti", *path.relative_to(SOURCE).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == ROOT else parts)


def part_of(module: str) -> str:
    """Return what LAYERS calls the part of lasti that a module belongs to."""
    return module.split(".")[1] if "." in module else ROOT


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(path: Path) -> set[str]:
    """Return the absolute names of the modules that a file imports, anywhere in it."""
    found = set()
    package = name_of(path) if path.stem == ROOT else name_of(path).rpartition(".")[0]
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package.rsplit(".", node.level - 1)[0] if node.level else ""
            origin = ".".join(filter(None, [base, node.module]))
            found |= {child if is_module(child := f"{origin}.{alias.name}") else origin for alias in node.names}
    return found


def is_module(name: str) -> bool:
    path = SOURCE.parent.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def layer(part: str) -> int:
    found = next((number for number, parts in enumerate(LAYERS) if part in parts), None)
    assert found is not None, f"{part} has no place in LAYERS"
    return found


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_layers(path: Path) -> None:
    own = part_of(name_of(path))
    used = {part_of(name) for name in imports(path) if name.split(".")[0] == "lasti"} - {own}
    if own == ROOT:
        used -= {"frames", "recording", "eventloop"}  # what it offers, imported when somebody asks for it
    wrong = {part for part in used if layer(part) >= layer(own) and (own, part) not in ALSO and part != ROOT}
    assert not wrong, f"{own} imports {sorted(wrong)}, which stand no lower"


def test_every_part_has_a_layer() -> None:
    parts = [part for parts in LAYERS for part in parts]
    assert len(parts) == len(set(parts))
    assert {part_of(name_of(path)) for path in MODULES} <= set(parts)


def test_the_scanner_is_ordinary_python() -> None:
    """It uses subinterpreters and the exceptions, and nothing else of lasti; each engine is a page."""
    scanner = [path for path in MODULES if part_of(name_of(path)) == "scanner"]
    used = {part_of(name) for path in scanner for name in imports(path) if name.split(".")[0] == "lasti"}
    assert used - {"scanner", ROOT} == {"interpreters", "errors"}
    for name in ("threads", "coroutines", "asyncgen", "interpreters"):
        assert len((SOURCE / "scanner" / f"{name}.py").read_text(encoding="utf-8").splitlines()) < 150


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_versions_are_asked_for_in_one_place(path: Path) -> None:
    asked = {node.attr for node in ast.walk(parse(path)) if isinstance(node, ast.Attribute)}
    taken = {alias.name for node in ast.walk(parse(path)) if isinstance(node, ast.ImportFrom) for alias in node.names}
    questions = {"version_info", "hexversion", "python_version", "python_version_tuple"} & (asked | taken)
    assert not questions or path == SOURCE / "versions.py", f"{sorted(questions)}: use lasti.versions"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_dis_is_not_used(path: Path) -> None:
    """The decoder is checked against dis, which would be no check if it stood on dis."""
    assert "dis" not in {name.split(".")[0] for name in imports(path)}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_docstrings(path: Path) -> None:
    """Every module says what it is, in a first paragraph of whole sentences."""
    docstring = ast.get_docstring(parse(path)) or ""
    first = docstring.partition("\n\n")[0]
    assert len(first.split()) > 2
    assert first.endswith((".", ":"))


@pytest.mark.parametrize("path", [path for path in MODULES if path.stem == ROOT], ids=name_of)
def test_public_names(path: Path) -> None:
    """What a package imports, it offers; what it offers, it has."""
    module = importlib.import_module(name_of(path))
    offered = getattr(module, "__all__", [])
    tree = parse(path)
    imported = [
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module != "__future__"
        for alias in node.names
    ]
    assert len(offered) == len(set(offered))
    assert [name for name in offered if not hasattr(module, name)] == []
    assert sorted(set(imported) - set(offered)) == []


@pytest.mark.parametrize("path", [path for path in MODULES if path.stem != ROOT], ids=name_of)
def test_names_in_all_exist(path: Path) -> None:
    assigned = {
        target.id: ast.literal_eval(node.value)
        for node in parse(path).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id == "__all__"
    }
    if assigned:
        module = importlib.import_module(name_of(path))
        assert [name for name in assigned["__all__"] if not hasattr(module, name)] == []


def test_each_module_of_the_tests_has_a_name_of_its_own() -> None:
    """pytest puts all of their folders on ``sys.path``: of two modules of one name, one would hide the other."""
    paths = [path for path in Path(__file__).parent.rglob("*.py") if "programs" not in path.parts]
    names = [path.stem for path in paths if path.stem != "conftest"]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []


# -- the tests of the tests: each rule has something to say -------------------------------------------------------


def test_relative_imports_are_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lasti" / "view").mkdir(parents=True)
    source = "from .. import errors\nfrom . import scene\nfrom .scene import x\nfrom ..trace.store import y\nimport dis"
    for name, text in {"view/page.py": source, "view/scene.py": "", "errors.py": ""}.items():
        (tmp_path / "lasti" / name).write_text(text)
    monkeypatch.setattr(f"{__name__}.SOURCE", tmp_path / "lasti")
    found = imports(tmp_path / "lasti" / "view" / "page.py")
    assert found == {"lasti.errors", "lasti.view.scene", "lasti.trace.store", "dis"}


def test_the_layers_are_in_use() -> None:
    edges = {(part_of(name_of(path)), part_of(name)) for path in MODULES for name in imports(path) if "lasti" in name}
    assert ("bytecode", "versions") in edges
    assert ("machine", "bytecode") in edges
    assert ("bytecode", "machine") not in edges
