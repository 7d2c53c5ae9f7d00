"""A selector that answers quickly when there is nothing to report, which is what a loop asks it in nearly every turn.

It is the standard library's epoll selector with a shorter ``select``; where there is no epoll, the standard library's
own choice is used.

Source: CPython Lib/selectors.py (``EpollSelector``).
"""

from __future__ import annotations

import math
import select
import selectors
from typing import Any

QuickSelector: Any = None

if hasattr(selectors, "EpollSelector"):
    _NOT_READ = ~select.EPOLLIN
    _NOT_WRITE = ~select.EPOLLOUT

    class _EpollSelector(selectors.EpollSelector):
        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            """Wait at most ``timeout`` seconds (None: for ever); return (key, events) of each file that is ready."""
            if timeout is None:
                timeout = -1
            elif timeout > 0:
                timeout = math.ceil(timeout * 1e3) * 1e-3  # epoll counts whole milliseconds; do not wake too early
            keys: Any = self._fd_to_key  # type: ignore[attr-defined]
            try:
                found = self._selector.poll(timeout, len(keys) or 1)  # type: ignore[attr-defined]
            except InterruptedError:
                return []
            ready = []
            for file, event in found:
                key = keys.get(file)
                if key is not None:
                    # As the standard library has it: an error wakes readers and writers.
                    writes = selectors.EVENT_WRITE if event & _NOT_READ else 0
                    reads = selectors.EVENT_READ if event & _NOT_WRITE else 0
                    ready.append((key, (reads | writes) & key.events))
            return ready

    QuickSelector = _EpollSelector
