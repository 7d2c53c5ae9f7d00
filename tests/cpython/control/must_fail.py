"""Tests that must not pass: what a machine that loses exceptions between its frames would let pass."""

import asyncio
import sys
import unittest

from lasti.machine import Frame


def deep(levels):
    if levels == 0:
        raise ValueError("from far down")
    try:
        return deep(levels - 1)
    finally:
        levels += 1


def generator():
    yield 1
    raise ValueError("from a generator")


async def coroutine():
    await asyncio.sleep(0)
    raise ValueError("from a coroutine")


class MustFail(unittest.TestCase):
    def test_assertion(self):
        self.assertEqual(1 + 1, 3)

    def test_exception_from_far_down(self):
        deep(20)

    def test_exception_in_a_loop_over_a_generator(self):
        for _ in generator():
            pass

    def test_exception_through_yield_from(self):
        def outer():
            yield from generator()

        list(outer())

    def test_exception_through_c_code(self):
        sorted([3, 2, 1], key=lambda number: 1 // (number - 2))

    def test_exception_in_a_task(self):
        asyncio.run(coroutine())

    def test_exception_in_finally(self):
        try:
            pass
        finally:
            deep(2)

    def test_exception_in_init(self):
        class Broken:
            def __init__(self):
                deep(3)

        Broken()

    def test_one_of_three_parts(self):
        for number in range(3):
            with self.subTest(number=number):
                self.assertNotEqual(number, 1)

    def test_missing_exception(self):
        with self.assertRaises(KeyError):
            deep(0) if False else None

    @unittest.expectedFailure
    def test_said_to_fail_and_passes(self):
        self.assertTrue(True)


class MayPass(unittest.TestCase):
    """So that a run in which nothing works is told from one in which these tests fail."""

    def test_on_the_machine(self):
        [kind] = map(type, [sys._getframe()])  # called by C code, `type` cannot be kind to the machine's objects
        self.assertIs(kind, Frame)

    def test_plain(self):
        self.assertEqual(list(map(lambda number: number + 1, [1, 2])), [2, 3])

    @unittest.expectedFailure
    def test_said_to_fail(self):
        deep(1)

    def test_skipped(self):
        self.skipTest("to see it skipped")
