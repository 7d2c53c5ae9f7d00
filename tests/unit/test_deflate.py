"""The compression in C: whatever it is given, zlib gives that back."""

from __future__ import annotations

import os
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lasti.native.extension import extension
from lasti.trace.store import pack, unpack

record = extension()
pytestmark = pytest.mark.skipif(record is None, reason="the C extension is not here")

few = st.binary(max_size=6)  # what is made of few pieces has matches of all lengths and distances


def decompressed(data: bytes) -> bytes:
    """Compress and decompress, beside other columns."""
    packed = record.deflate([b"", data[::2], data, data])
    first, second, third, fourth = map(zlib.decompress, packed)
    assert (first, second, fourth) == (b"", data[::2], data)
    assert packed[2] == packed[3]  # what stands before has no part in it
    return third


@given(st.lists(few, min_size=1, max_size=5), st.lists(st.integers(0, 4), max_size=300), st.integers(1, 40))
def test_comes_back(pieces: list[bytes], order: list[int], times: int) -> None:
    data = b"".join(pieces[which % len(pieces)] for which in order) * times
    assert decompressed(data) == data


@pytest.mark.parametrize("length", [*range(20), 255, 256, 257, 258, 259, 260, 5551, 5552, 5553, 32768, 100_000])
def test_lengths_and_distances(length: int) -> None:
    noise = os.urandom(length)
    for data in (b"a" * length, noise, noise + noise, noise[:7] + noise):
        assert decompressed(data) == data


def test_a_list_of_bytes_is_wanted() -> None:
    with pytest.raises(TypeError, match="a list of bytes is wanted"):
        record.deflate(b"text")
    with pytest.raises(TypeError, match="expected bytes, str found"):
        record.deflate([b"", "text"])
    assert record.deflate([]) == []


def test_columns_are_small() -> None:
    text = "".join(f"{i}\n^1\t{i % 7}\n@20\t^2\t15\n[3]\tnull\n^3\t=0:15\n" for i in range(5_000))
    packed = pack(text)
    assert unpack(packed) == text
    assert len(packed) < len(text) / 3
