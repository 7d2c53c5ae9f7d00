# How messages name types: those that C defines by their module too, classes without it.
import argparse
import array
import asyncio
import collections
import itertools
import typing


class Meta(type):
    @property
    def __name__(cls):
        raise AssertionError("no attribute is asked for")


class Plain(metaclass=Meta):
    pass


def show(**keywords):
    pass


async def awaits(thing):
    await thing


async def iterates(thing):
    async for _ in thing:
        pass


async def enters(thing):
    async with thing:
        pass


def trial(number, function, *arguments):
    try:
        function(*arguments)
    except Exception as error:
        print(number, type(error).__name__, error)


def merged(thing):
    return {**thing}


def passed(thing):
    show(**thing)


def spread(thing):
    show(*thing)


def unpacked(thing):
    first, second = thing


def entered(thing):
    with thing:
        pass


for index, thing in enumerate([
    Plain(), collections.deque(), collections.deque, typing.TypeVar("T"), array.array("b"), itertools.count, object(),
    lambda: 0, asyncio, int, argparse.Namespace(),
]):  # fmt: skip
    for function in (merged, passed, spread, unpacked, entered):
        trial(index, function, thing)
    for function in (awaits, iterates, enters):
        trial(index, asyncio.run, function(thing))
