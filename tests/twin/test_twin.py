"""Each program of the corpus does on the machine what it does on the host: output, errors, traceback, exit code."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from harness import Outcome, Program, differences, on_host, on_machine, programs

CORPUS = {program.name: program for program in programs()}
Twins = dict[str, "Future[tuple[Outcome, Outcome]]"]


def both(program: Program) -> tuple[Outcome, Outcome]:
    return on_host(program), on_machine(program)


@pytest.fixture(scope="module")
def twins(request: pytest.FixtureRequest) -> Iterator[Twins]:
    """Start the runs of all selected programs at once: they go on while the first results are compared."""
    names = [item.callspec.params["name"] for item in request.session.items if item.name.startswith("test_twin[")]
    with ThreadPoolExecutor(2) as pool:
        yield {name: pool.submit(both, CORPUS[name]) for name in names if CORPUS[name].runs_here}


@pytest.mark.parametrize("name", list(CORPUS))
def test_twin(name: str, twins: Twins) -> None:
    if name not in twins:
        pytest.skip("not for this version of Python")
    host, machine = twins[name].result()
    assert not differences(CORPUS[name], host, machine), differences(CORPUS[name], host, machine)


@pytest.mark.soak
@pytest.mark.parametrize("name", list(CORPUS))
def test_checked(name: str) -> None:
    """The same in checked mode: every instruction changes the stack as it states."""
    program = CORPUS[name]
    if not program.runs_here:
        pytest.skip("not for this version of Python")
    host, machine = on_host(program), on_machine(program, "--checked")
    assert not differences(program, host, machine), differences(program, host, machine)


def test_the_corpus_is_large() -> None:
    assert len(CORPUS) >= 85


def test_every_program_says_what_it_shows() -> None:
    for program in CORPUS.values():
        source = program.path / "__main__.py" if program.path.is_dir() else program.path
        assert source.read_text(encoding="utf-8").startswith("# "), program.name
