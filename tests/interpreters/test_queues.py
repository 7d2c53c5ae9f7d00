"""Queues between interpreters: order, limits, waiting, and what happens when an end goes away."""

from __future__ import annotations

import os
import threading
import time

import pytest

from lasti import interpreters
from lasti.versions import PY314

before_314 = pytest.mark.skipif(PY314, reason="of lasti's own queue; from 3.14 it is the standard library's")


def test_items_come_in_order_and_equal() -> None:
    queue = interpreters.create_queue()
    items = [None, 1, 2.5, "text", b"bytes", (1, 2), {"a": [1]}, 10**30]
    for item in items:
        queue.put(item)
    assert queue.qsize() == len(items)
    assert [queue.get() for _ in items] == items
    assert queue.empty()


def test_empty_and_full() -> None:
    queue = interpreters.create_queue(2)
    assert queue.maxsize == 2
    with pytest.raises(interpreters.QueueEmpty, match=f"queue {queue.id} is empty"):
        queue.get_nowait()
    queue.put(1)
    assert not queue.full()
    queue.put(2)
    assert queue.full()
    with pytest.raises(interpreters.QueueFull, match=f"queue {queue.id} is full"):
        queue.put_nowait(3)
    assert (queue.get(), queue.qsize()) == (1, 1)
    queue.put(3)
    assert [queue.get(), queue.get()] == [2, 3]
    assert issubclass(interpreters.QueueEmpty, interpreters.QueueError)


def test_waiting_ends() -> None:
    queue = interpreters.create_queue(1)
    begin = time.monotonic()
    with pytest.raises(interpreters.QueueEmpty):
        queue.get(timeout=1)
    assert 0.9 < time.monotonic() - begin < 10
    queue.put(1)
    with pytest.raises(interpreters.QueueFull):
        queue.put(2, timeout=0)
    with pytest.raises(ValueError, match="non-negative"):
        queue.get(timeout=-1)
    with pytest.raises(ValueError, match="non-negative"):
        queue.put(1, timeout=-1)


def test_interpreters_take_and_give() -> None:
    questions, answers = interpreters.create_queue(3), interpreters.create_queue()
    workers = [interpreters.create() for _ in range(2)]
    threads = []
    for worker in workers:
        worker.prepare_main(questions=questions, answers=answers)
        source = "while (n := questions.get()) is not None: answers.put((n, n * n))"
        threads.append(threading.Thread(target=worker.exec, args=(source,)))
    for thread in threads:
        thread.start()
    for number in [*range(200), None, None]:
        questions.put(number)
    for thread in threads:
        thread.join()
    assert sorted(answers.get() for _ in range(200)) == [(n, n * n) for n in range(200)]
    assert answers.empty()
    for worker in workers:
        worker.close()


def test_items_outlive_their_interpreter_or_say_so() -> None:
    queue = interpreters.create_queue()
    worker = interpreters.create()
    worker.prepare_main(queue=queue)
    worker.exec("queue.put('a')")
    worker.close()
    found = queue.get(timeout=1)
    assert found == "a" or repr(found).endswith("UNBOUND")


@before_314
def test_a_queue_that_has_ended_says_so() -> None:
    queue = interpreters.create_queue()
    worker = interpreters.create()
    worker.prepare_main(queue=queue)
    del queue
    with pytest.raises(interpreters.ExecutionFailed, match="QueueNotFoundError: the queue has ended"):
        worker.exec("queue.put(1)")
    worker.close()


@before_314
def test_a_queue_without_a_limit_is_full_when_nothing_more_fits() -> None:
    assert interpreters.create_queue(100_000).maxsize == 100_000
    queue = interpreters.create_queue()
    for number in range(65536):
        queue.put_nowait(number)
    assert queue.full()
    for options in ({"block": False}, {"timeout": 0.01}):
        with pytest.raises(interpreters.QueueFull):
            queue.put(0, **options)
    assert [queue.get() for _ in range(5000)] == list(range(5000))
    queue.put_nowait(65536)
    assert queue.qsize() == 65536 - 5000 + 1


@before_314
def test_only_create_queue_makes_one() -> None:
    with pytest.raises(TypeError):
        interpreters.Queue(5)


@before_314
def test_a_copy_of_what_is_gone_cannot_be_made() -> None:
    from lasti.interpreters.queues import Counter

    reader, writer = os.pipe()
    inode = os.fstat(reader).st_ino
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(interpreters.QueueNotFoundError):
        Counter.copy(reader, writer, inode + 1)
    os.close(reader)
    os.close(writer)
    with pytest.raises(interpreters.QueueNotFoundError):
        Counter.copy(reader, writer, inode)
    assert len(os.listdir("/proc/self/fd")) == before - 2


def test_descriptors_are_closed() -> None:
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(50):
        queue = interpreters.create_queue(5)
        queue.put(1)
    del queue
    assert len(os.listdir("/proc/self/fd")) == before
