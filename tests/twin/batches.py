"""Batches of random programs: a ``main.py`` that imports one module a seed, and what these modules use beside it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from generated import write_module
from moves import write_moves
from soup import write_soup

HERE = Path(__file__).parent
MAIN = """\
# Random modules, one after the other; when cyclic garbage dies is nobody's promise.
import gc, importlib, sys, warnings
gc.disable()
warnings.simplefilter("ignore")
sys.stderr = sys.stdout
for seed in {seeds}:
    print("\\n=====", seed)
    {run}
"""


def write_batch(folder: Path, support: str, write: Callable[[int], str | None], seeds: Iterable[int], run: str) -> Path:
    """Write the modules of ``seeds`` and the program that runs them; return its path."""
    shutil.copy(HERE / support, folder)
    written = []
    for seed in seeds:
        source = write(seed)
        if source is not None:
            (folder / f"random_{seed}.py").write_text(source, encoding="utf-8")
            written.append(seed)
    assert written
    main = folder / "main.py"
    main.write_text(MAIN.format(seeds=written, run=run), encoding="utf-8")
    return main


def soup(folder: Path, seeds: Iterable[int]) -> Path:
    """Write a batch of wild control flow (``soup.py``)."""
    run = 'soup_support.run(importlib.import_module(f"random_{seed}"), seed)'
    return write_batch(folder, "soup_support.py", write_soup, seeds, f"import soup_support; {run}")


def generated(folder: Path, seeds: Iterable[int]) -> Path:
    """Write a batch of syntax that nobody writes (``generated.py``)."""
    run = 'importlib.import_module(f"random_{seed}")'
    return write_batch(folder, "generated_support.py", lambda seed: write_module(seed, 120), seeds, run)


def moves(folder: Path, seeds: Iterable[int]) -> Path:
    """Write a batch of what moves values (``moves.py``)."""
    run = 'moves_support.run(importlib.import_module(f"random_{seed}"))'
    return write_batch(folder, "moves_support.py", write_moves, seeds, f"import moves_support; {run}")
