"""What a thread does, in whatever interpreter: one share, step by step; and what is made of its news by who asked.

It imports neither ``threading`` nor ``queue``: a new interpreter would take longer for these than for all its work.
"""

from __future__ import annotations

from .probe import Probe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .records import Result, Share, Tally

PATIENCE = 0.1  # seconds until a thread that waits sees that it is to stop


def work(number: int, share: Share, news: Any, stop: Any, turn: Any) -> None:
    """Do one share, step by step in ``turn``, and tell each one's news; at the end None, or what ended it."""
    end = None
    try:
        with Probe(share) as probe:
            while not (probe.is_done or stop.is_set()):
                with turn:
                    found = probe.step()
                news.put((number, found))
                probe.wait(PATIENCE)
    except BaseException as error:
        end = error
    news.put((number, end))


def results_of(get: Any, left: int, tally: Tally) -> Iterator[Result]:
    """Yield the results out of the news of ``left`` workers, until the last of them has ended."""
    while left:
        number, news = get()
        if news is None:
            left -= 1
        elif isinstance(news, BaseException):
            raise news
        else:
            yield from tally.hear(number, news)
