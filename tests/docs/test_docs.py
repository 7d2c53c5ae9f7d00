"""The documents: what they show runs and prints what they say, and what they name is there."""

from __future__ import annotations

import importlib
import re
import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from blocks import ROOT, Block, agree, blocks_of, commands_of, run_document

DOCS = ROOT / "docs"
SOURCE = ROOT / "src" / "lasti"
INTERNALS = sorted((DOCS / "internals").glob("*.md"))
DOCUMENTS = [ROOT / "README.md", ROOT / "README.ko.md", *sorted(DOCS.glob("*.md")), *INTERNALS]
MODULES = sorted(path.relative_to(SOURCE) for path in SOURCE.rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_what_is_shown_is_so(path: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    wrong = run_document(path, tmp_path)
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    text = without_code(path.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?:", target):
            continue
        file, _, anchor = target.partition("#")
        found = path.parent / file if file else path
        assert found.exists(), f"{target}: there is no such file"
        assert not anchor or anchor in anchors(found), f"{target}: there is no such section"


def anchors(path: Path) -> set[str]:
    """Return the anchors of a document's headings, as they are made on the web."""
    titles = re.findall(r"^#+ (.*)$", without_code(path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def without_code(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


# -- the map and the internals ------------------------------------------------------------------------------------


def test_every_module_is_on_the_map() -> None:
    """Each has its line, ``| `machine/frame.py` | what it is |``, and each line its module."""
    found = re.findall(r"^\| `([\w/]+\.py)` \| \S", (DOCS / "map.md").read_text(encoding="utf-8"), re.MULTILINE)
    on_map = [name for name in found if not name.startswith(("scripts/", "tests/"))]
    assert sorted(on_map) == sorted(path.as_posix() for path in MODULES if path.name != "__init__.py")


@pytest.mark.parametrize("path", INTERNALS, ids=name_of)
def test_each_page_says_what_it_leaves_out(path: Path) -> None:
    headings = re.findall(r"^## (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[-1] == "Not covered"


@pytest.mark.parametrize("path", [DOCS / "map.md", *INTERNALS], ids=name_of)
def test_what_is_named_is_there(path: Path) -> None:
    """``evalloop.run`` in a document is a function of ``machine/evalloop.py``, and so on."""
    text = without_code(path.read_text(encoding="utf-8"))
    missing = [name for name in re.findall(r"`([a-z_]+\.[A-Za-z_]\w*(?:\.\w+)*)(?:\(\))?`", text) if not is_there(name)]
    assert not missing, f"nothing in src/lasti is called {missing}"


def is_there(name: str) -> bool:
    """Tell whether ``module.attribute...`` leads to something, in the module or in a class that it has.

    Names that do not begin with a module of ours are taken for what they are.
    """
    first, *rest = name.split(".")
    found = [path for path in MODULES if path.stem == first]
    if not found or rest == ["py"] or first == "dis":  # the library's
        return True
    modules = [importlib.import_module(".".join(["lasti", *path.with_suffix("").parts])) for path in found]
    return any(_has(owner, rest) for module in modules for owner in (module, *classes_in(module)))


def classes_in(module: object) -> list[type]:
    return [value for value in vars(module).values() if isinstance(value, type)]


def _has(owner: object, attributes: list[str]) -> bool:
    for attribute in attributes:
        if not hasattr(owner, attribute) and attribute not in getattr(owner, "__annotations__", {}):
            return False
        owner = getattr(owner, attribute, None)
    return True


def test_the_small_machine_is_small() -> None:
    """The tutorial's machine is about a hundred lines: its blocks, without the programs that it runs."""
    blocks = [block.text for block in blocks_of(DOCS / "tutorial.md") if block.kind == "python" and not block.file]
    machine = [text for text in blocks if "INSTRUCTIONS" in text or "@op" in text or "class Frame" in text]
    lines = [line for text in machine for line in text.splitlines() if line.strip()]
    assert 90 < len(lines) < 145


# -- the tests of the tests ---------------------------------------------------------------------------------------


def test_wrong_output_is_noticed(tmp_path: Path) -> None:
    document = tmp_path / "document.md"
    document.write_text(
        "```python\nx = 1\nprint(x)\n```\n\n```text\n2\n```\n\n```text on 2.7\n3\n```\n\n"
        "```python\n# a/prog.py\nprint('hello')\n```\n\n"
        "```console\n$ lasti --version\nlasti none\n$ lasti dis a/prog.py | head -1\n...\n$ lasti dis missing.py\n```\n"
    )
    wrong = run_document(document, tmp_path)
    assert [text.partition("\n")[0] for text in wrong] == [
        "document.md:2: printed",
        "document.md:20: $ lasti --version printed",
        "document.md:20: $ lasti dis missing.py: exit code 2",
    ]


def test_any_lines_may_be_left_out() -> None:
    assert agree("a\n...\nd\n", "a\nb\nc\nd\n")
    assert agree("a  \n...", "a\n")
    assert agree("a ... z (1)", "a b z (1)")
    assert not agree("a ... z", "a b\nc z")
    assert not agree("a\n...\nd", "a\nb\nc\n")
    assert not agree("a", "a\nb")


def test_commands_and_their_output() -> None:
    block = Block("console", "", "$ lasti a\none\n\ntwo\n$ lasti b\n", 1)
    assert commands_of(block) == [("lasti a", "one\n\ntwo"), ("lasti b", "")]


def test_missing_names_are_noticed() -> None:
    assert is_there("evalloop.run")
    assert is_there("os.path")
    assert not is_there("evalloop.walk")
