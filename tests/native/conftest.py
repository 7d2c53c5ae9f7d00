"""What the tests of the native engine share: the extension, or the reason why they are skipped."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from lasti.native.extension import extension


@pytest.fixture(scope="session", autouse=True)
def record() -> Any:
    """Return the C extension; skip where it was not built."""
    found = extension()
    if found is None:
        pytest.skip(f"the C extension is not built for this Python ({sys.version.split()[0]}): pip install .")
    return found
