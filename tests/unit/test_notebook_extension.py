"""``%load_ext lasti`` where there is no IPython."""

from __future__ import annotations

import sys

import pytest

import lasti
from lasti.errors import UsageError


def test_a_missing_ipython_is_named_with_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "IPython", None)
    with pytest.raises(UsageError, match=r"needs IPython: python3 -m pip install 'lasti\[notebook\]'"):
        lasti.load_ipython_extension(object())
