"""Each program of the corpus does on the machine what it does on the host: output, errors, traceback, exit code."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import pytest
from harness import Outcome, differences, on_host, on_machine, programs

CORPUS = {program.name: program for program in programs()}
HERE = [name for name, program in CORPUS.items() if program.runs_here]


class Twins(NamedTuple):
    """The runs of one program, under way or done."""

    host: Future[Outcome]
    machine: Future[Outcome]
    checked: Future[Outcome] | None


@pytest.fixture(scope="module")
def twins(request: pytest.FixtureRequest) -> Iterator[dict[str, Twins]]:
    """Start the runs of all selected programs at once: they go on while the first results are compared."""
    selected = {item.callspec.params.get("name") for item in request.session.items if hasattr(item, "callspec")}
    with ThreadPoolExecutor(2) as pool:
        started = {}
        for name in [name for name in HERE if name in selected]:
            program = CORPUS[name]
            checked = pool.submit(on_machine, program, "--checked") if program.has_checked_run else None
            started[name] = Twins(pool.submit(on_host, program), pool.submit(on_machine, program), checked)
        yield started
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("name", HERE)
def test_twin(name: str, twins: dict[str, Twins]) -> None:
    """On the machine as on the host; and in checked mode, where every instruction must move the stack as it states."""
    runs = twins[name]
    found = differences(CORPUS[name], runs.host.result(), runs.machine.result())
    assert not found, f"{name}\n{found}"
    if runs.checked is not None:
        found = differences(CORPUS[name], runs.host.result(), runs.checked.result())
        assert not found, f"{name} --checked\n{found}"


def test_the_corpus_is_large() -> None:
    assert len(CORPUS) >= 200


def test_every_program_says_what_it_shows() -> None:
    for program in CORPUS.values():
        assert program.source.read_text(encoding="utf-8").startswith("# "), program.name
