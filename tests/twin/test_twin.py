"""Each program of the corpus does on the machine what it does on the host: output, errors, traceback, exit code."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import pytest
from harness import Outcome, differences, on_host, on_machine, programs

CORPUS = {program.name: program for program in programs()}
HERE = [name for name, program in CORPUS.items() if program.runs_here]
CHECKED = [name for name in HERE if CORPUS[name].has_checked_run]
REST = [name for name in CHECKED if name not in CHECKED[::4]]


class Twins(NamedTuple):
    """The runs of one program, under way or done."""

    host: Future[Outcome]
    machine: Future[Outcome]


@pytest.fixture(scope="module")
def twins(request: pytest.FixtureRequest) -> Iterator[dict[str, Twins]]:
    """Start the runs of all selected programs at once: they go on while the first results are compared."""
    selected = {item.callspec.params["name"] for item in request.session.items if item.name.startswith("test_twin[")}
    with ThreadPoolExecutor(2) as pool:
        started = {}
        for name in [name for name in HERE if name in selected]:
            started[name] = Twins(pool.submit(on_host, CORPUS[name]), pool.submit(on_machine, CORPUS[name]))
        yield started
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.soak] if CORPUS[name].is_slow else []) for name in HERE]
)
def test_twin(name: str, twins: dict[str, Twins]) -> None:
    found = differences(CORPUS[name], twins[name].host.result(), twins[name].machine.result())
    assert not found, f"{name}\n{found}"


@pytest.mark.parametrize("name", [*CHECKED[::4], *(pytest.param(name, marks=pytest.mark.soak) for name in REST)])
def test_checked(name: str) -> None:
    """The same in checked mode, where every instruction must change the stack as it states: each fourth, or all."""
    program = CORPUS[name]
    found = differences(program, on_host(program), on_machine(program, "--checked"))
    assert not found, f"{name} --checked\n{found}"


def test_the_corpus_is_large() -> None:
    assert len(CORPUS) >= 200


def test_every_program_says_what_it_shows() -> None:
    for program in CORPUS.values():
        assert program.source.read_text(encoding="utf-8").startswith("# "), program.name
