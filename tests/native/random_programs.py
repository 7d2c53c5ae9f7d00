"""Random programs through the oracle: those of ``tests/twin``, in batches, and which seed it is that differs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from oracle import ROOT, check, explanation

sys.path.insert(0, str(ROOT / "tests" / "twin"))

from batches import generated, moves, soup

Write = Callable[[Path, Sequence[int]], Path]
KINDS: dict[str, Write] = {"control-flow": soup, "moves": moves, "syntax": generated}
IN_A_BATCH = {"control-flow": 4, "moves": 10, "syntax": 20}  # some 50,000, 50,000 and 20,000 steps


def difference(kind: str, folder: Path, seeds: Sequence[int]) -> tuple[int, str]:
    """Check the programs of ``seeds``; return (steps that agree, what differs), the latter empty when nothing does.

    When a batch differs, each of its programs is checked by itself; the files of the first that differs stay in
    ``folder``.
    """
    found = check(KINDS[kind](folder, seeds))
    what = explanation(found)
    if not what:
        return found["steps"], ""
    for seed in seeds if len(seeds) > 1 else ():
        alone = folder / str(seed)
        alone.mkdir()
        try:
            main = KINDS[kind](alone, [seed])
        except AssertionError:
            continue  # a seed that gives no program
        of_one = explanation(check(main))
        if of_one:
            return found["steps"], f"seed {seed}, {main}\n{of_one}"
    return found["steps"], f"seeds {seeds[0]} to {seeds[-1]} together, {folder}\n{what}"
