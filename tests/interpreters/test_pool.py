"""The pool of interpreters: an executor like the others."""

from __future__ import annotations

import os

import pytest

from lasti import interpreters
from lasti.interpreters import InterpreterPoolExecutor


def test_results_and_exceptions() -> None:
    with InterpreterPoolExecutor(2) as pool:
        assert list(pool.map(abs, range(-5, 0))) == [5, 4, 3, 2, 1]
        with pytest.raises(ZeroDivisionError) as caught:
            pool.submit(divmod, 1, 0).result()
        assert isinstance(caught.value.__cause__, interpreters.ExecutionFailed)
        assert pool.submit(int, "z", base=36).result() == 35
    assert [each.id for each in interpreters.list_all()] == [0]


def test_the_initializer_runs_in_each_interpreter() -> None:
    with InterpreterPoolExecutor(1, initializer=exec, initargs=("import sys; sys.ready = 7",)) as pool:
        assert pool.submit(eval, "__import__('sys').ready").result() == 7


def test_a_failing_initializer_breaks_the_pool(caplog: pytest.LogCaptureFixture) -> None:
    from concurrent.futures import BrokenExecutor

    with InterpreterPoolExecutor(1, initializer=exec, initargs=("1 / 0",)) as pool, pytest.raises(BrokenExecutor):
        pool.submit(abs, 1).result()
    assert "ZeroDivisionError" in caplog.text


def test_interpreters_work_side_by_side() -> None:
    """The first call waits for what the second one does."""
    reader, writer = os.pipe()
    with InterpreterPoolExecutor(2) as pool:
        waiting = pool.submit(os.read, reader, 1)
        assert pool.submit(os.write, writer, b"x").result() == 1
        assert waiting.result() == b"x"
    os.close(reader)
    os.close(writer)


def test_more_calls_than_interpreters() -> None:
    with InterpreterPoolExecutor(3) as pool:
        assert list(pool.map(pow, range(200), [2] * 200)) == [n * n for n in range(200)]
