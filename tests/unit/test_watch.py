"""Which modules are watched, and that the hook sends them to the machine however Python loads them."""

from __future__ import annotations

import os
import sys
import sysconfig
import zipfile
from typing import TYPE_CHECKING

import pytest
from launcher import lasti_with_stand_in

from lasti import watch
from lasti.watch import Watch, hooked

if TYPE_CHECKING:
    from pathlib import Path

HERE = os.path.abspath(os.sep)


def path(*parts: str) -> str:
    return os.path.join(HERE, *parts)


# -- the decision -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "is_watched"),
    [
        (path("app", "helper.py"), True),
        (path("app", "deep", "er", "helper.py"), True),
        (path("application", "helper.py"), False),
        (path("helper.py"), False),
        (path("app", ".venv", "lib", "python3.12", "site-packages", "rich.py"), False),
        (path("app", "dist-packages", "x.py"), False),
        (None, False),
    ],
)
def test_by_default_what_lies_beside_the_program(file: str | None, is_watched: bool) -> None:
    assert Watch(folders=[path("app")]).matches(["helper"], file) is is_watched


def test_by_default_never_what_came_with_python_or_lasti() -> None:
    everything = Watch(folders=[HERE, sys.prefix, os.path.dirname(os.path.dirname(os.path.abspath(os.__file__)))])
    assert not everything.matches(["json"], os.path.join(sysconfig.get_path("stdlib"), "json", "__init__.py"))
    assert not everything.matches(["lasti.cli"], os.path.join(watch.OWN_FOLDER, "cli.py"))
    assert not Watch(["*"]).matches(["lasti.cli"], os.path.join(watch.OWN_FOLDER, "cli.py"))


def test_of_lasti_itself_the_case_study_is_watched_when_it_is_asked_for() -> None:
    file = os.path.join(watch.OWN_FOLDER, "scanner", "asyncgen.py")
    assert Watch(["lasti.scanner.*"]).matches(["lasti.scanner.asyncgen"], file)
    assert not Watch(folders=[os.path.dirname(watch.OWN_FOLDER)]).matches(["lasti.scanner.asyncgen"], file)


def test_the_program_is_watched_by_default_wherever_it_is() -> None:
    assert Watch().matches(["__main__", "json.tool"], os.path.join(watch.STANDARD_LIBRARY, "json", "tool.py"))


@pytest.mark.parametrize(
    ("pattern", "names", "file", "is_watched"),
    [
        ("app", ["app"], None, True),
        ("app", ["app.sub"], None, False),
        ("app*", ["app.sub"], None, True),
        ("app.*", ["app.sub.deep"], None, True),
        ("APP", ["app"], None, False),
        ("test.test_*", ["test.test_generators"], None, True),
        ("__main__", ["__main__", "pkg.tool"], None, True),
        ("pkg.tool", ["__main__", "pkg.tool"], None, True),
        ("app", ["__main__"], path("app", "x.py"), False),
        (path("app", "*"), ["x"], path("app", "deep", "x.py"), True),
        (path("app", ""), ["x"], path("app", "deep", "x.py"), True),
        (path("app"), ["x"], path("app", "x.py"), False),
        (path("app", "x.py"), ["x"], path("app", "x.py"), True),
        (path("app", ""), ["x"], None, False),
    ],
)
def test_patterns(pattern: str, names: list[str], file: str | None, is_watched: bool) -> None:
    assert Watch([pattern], folders=[HERE]).matches(names, file) is is_watched


def test_a_relative_path_is_relative_to_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Watch(["src/"]).matches(["x"], str(tmp_path / "src" / "x.py"))
    assert Watch(["./src/*.py"]).matches(["x"], str(tmp_path / "src" / "x.py"))
    assert not Watch(["src/"]).matches(["x"], str(tmp_path / "x.py"))


def test_patterns_that_matched_nothing_are_named() -> None:
    patterns = Watch(["appp", "app", "os"])
    patterns.matches(["app"], None)
    assert patterns.complaints() == [
        "--watch 'appp' matched no module that the program loaded",
        "--watch 'os': os is not watched: it was loaded before the program began, or is not written in Python",
    ]


# -- the hook ---------------------------------------------------------------------------------------------------


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on ``sys.path`` with modules that are forgotten afterwards."""
    (tmp_path / "plain_module.py").write_text("def f():\n    return __name__\n")
    (tmp_path / "a_package").mkdir()
    (tmp_path / "a_package" / "__init__.py").write_text("from . import part\n")
    (tmp_path / "a_package" / "part.py").write_text("")
    with zipfile.ZipFile(tmp_path / "zipped.zip", "w") as file:
        file.writestr("zipped_module.py", "x = 1")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path / "zipped.zip"))
    for name in ("plain_module", "a_package", "a_package.part", "zipped_module"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path


def loaded_on_the_machine(names: list[str], watching: Watch) -> list[str]:
    """Import modules under the hook; return those that the machine was given."""
    given: list[str] = []

    def execute(code: object, module_globals: dict[str, object]) -> None:
        given.append(str(module_globals["__name__"]))
        watch.host_exec(code, module_globals)

    with hooked(watching, execute):
        for name in names:
            __import__(name)
    return given


def test_watched_modules_go_to_the_machine_and_others_do_not(modules: Path) -> None:
    names = ["plain_module", "a_package", "zipped_module", "colorsys"]
    sys.modules.pop("colorsys", None)
    given = loaded_on_the_machine(names, Watch(folders=[str(modules)]))
    assert given == ["plain_module", "a_package", "a_package.part", "zipped_module"]


def test_a_module_is_what_it_always_is(modules: Path) -> None:
    import importlib.machinery
    import inspect

    assert loaded_on_the_machine(["plain_module"], Watch(["plain_*"])) == ["plain_module"]
    module = sys.modules["plain_module"]
    assert type(module.__loader__) is importlib.machinery.SourceFileLoader
    assert module.__spec__ is not None
    assert module.__spec__.origin == str(modules / "plain_module.py")
    assert inspect.getsource(module.f) == "def f():\n    return __name__\n"
    assert isinstance(module.__builtins__, dict)


def test_a_cached_module_is_watched_too(modules: Path) -> None:
    import importlib
    import py_compile

    py_compile.compile(str(modules / "plain_module.py"))
    importlib.invalidate_caches()
    assert loaded_on_the_machine(["plain_module"], Watch(["plain_*"])) == ["plain_module"]


def test_modules_that_a_program_loads_by_hand_are_watched_too(modules: Path) -> None:
    import importlib.util

    given: list[object] = []
    spec = importlib.util.spec_from_file_location("by_hand", modules / "plain_module.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with hooked(Watch(["by_hand"]), lambda code, module_globals: given.append(module_globals["__name__"])):
        spec.loader.exec_module(module)
    assert given == ["by_hand"]


def test_the_hook_leaves_nothing_behind() -> None:
    import runpy
    from importlib import _bootstrap_external  # type: ignore[attr-defined]

    with hooked(Watch(), watch.host_exec):
        assert "exec" in vars(runpy)
    assert "exec" not in vars(runpy)
    assert "exec" not in vars(_bootstrap_external)


# -- with a program ---------------------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A program with a module beside it, and one that is installed under its folder."""
    (tmp_path / "prog.py").write_text("import helper, installed, colorsys\n")
    (tmp_path / "helper.py").write_text("")
    site = tmp_path / "venv" / "site-packages"
    site.mkdir(parents=True)
    (site / "installed.py").write_text("")
    return tmp_path


def given_to_the_machine(project: Path, *words: str) -> tuple[list[str], list[str]]:
    """Return what the machine was given, and what else was said."""
    env = {"LASTI_TELL": "1", "PYTHONPATH": str(project / "venv" / "site-packages")}
    ended = lasti_with_stand_in("run", "--quiet", *words, cwd=project, env=env)
    lines = ended.err.splitlines()
    told = "on the machine: "
    assert ended.code == 0
    return [line[len(told) :] for line in lines if told in line], [line for line in lines if told not in line]


@pytest.mark.parametrize(
    ("words", "given"),
    [
        (["prog.py"], ["__main__", "helper"]),
        (["-m", "prog"], ["__main__", "helper"]),
        (["-c", "import prog"], ["__main__", "prog", "helper"]),
        (["--watch", "helper", "prog.py"], ["helper"]),
        (["--watch", "helper", "-m", "prog"], ["helper"]),
        (["--watch", "prog", "-m", "prog"], ["__main__"]),
        (["--watch", "__main__", "prog.py"], ["__main__"]),
        (["--watch", "./prog.py", "--watch", "inst*", "prog.py"], ["__main__", "installed"]),
        (["--watch", "venv/", "prog.py"], ["installed"]),
        (["--watch", "colorsys", "prog.py"], ["colorsys"]),
    ],
)
def test_what_a_run_watches(project: Path, words: list[str], given: list[str]) -> None:
    assert given_to_the_machine(project, *words) == (given, [])


def test_a_run_says_which_patterns_matched_nothing(project: Path) -> None:
    given, said = given_to_the_machine(project, "--watch", "hepler", "--watch", "helper", "prog.py")
    assert given == ["helper"]
    assert said == ["lasti: --watch 'hepler' matched no module that the program loaded"]
