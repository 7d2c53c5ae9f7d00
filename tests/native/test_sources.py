"""An extension that was built before its sources changed is not used: it would record something else, or nothing."""

from __future__ import annotations

import zlib
from pathlib import Path
from types import SimpleNamespace

import pytest

from lasti.native import extension as module


@pytest.mark.parametrize(
    ("built_from", "expected"),
    [
        ({"_record.c": b"int x;", "_events.h": b"int y;"}, False),
        ({"_record.c": b"int x;", "_events.h": b"int z;"}, True),
        (None, True),  # built before it said so
        (0, False),  # built by hand
    ],
)
def test_a_checkout(tmp_path: Path, built_from: dict[str, bytes] | int | None, expected: bool) -> None:
    for name, text in {"_record.c": b"int x;", "_events.h": b"int y;", "proof.py": b""}.items():
        (tmp_path / name).write_bytes(text)
    record = SimpleNamespace()
    if isinstance(built_from, dict):
        record.sources = zlib.crc32(b"".join(built_from[name] for name in sorted(built_from)))
    elif built_from is not None:
        record.sources = built_from
    assert module.is_stale(record, tmp_path) is expected


def test_an_installed_package_has_no_sources_to_compare_with(tmp_path: Path) -> None:
    assert not module.is_stale(SimpleNamespace(sources=7), tmp_path)
