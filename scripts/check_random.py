"""Run random programs on both engines and compare every step: `lasti check`, for as long as you like.

    python scripts/check_random.py                              20 batches, of each kind in turn
    python scripts/check_random.py --seed 5000 --batches 200    others
    python scripts/check_random.py --kind syntax --seed 1234 --batches 1

Three kinds: `control-flow` (functions, generators, coroutines and async generators whose control flow is wild),
`moves` (values that are exchanged, unpacked, captured and deleted) and `syntax` (all of Python's grammar, by
pysource-codegen).  The same seed is the same program on one version of Python.
The first program that differs is printed and kept.  The exit code is 1 then, else 0.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "native"))

from random_programs import IN_A_BATCH, difference


def main() -> int:
    """Check the batches; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1000, metavar="S", help="the first (default: 1000)")
    parser.add_argument("--batches", type=int, default=20, metavar="N", help="how many (default: 20)")
    parser.add_argument("--kind", choices=sorted(IN_A_BATCH), help="of this kind alone (default: all in turns)")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where to write the programs (default: a new one)")
    args = parser.parse_args()
    folder = args.keep or Path(tempfile.mkdtemp(prefix="lasti-random-"))
    kinds = [args.kind] if args.kind else sorted(IN_A_BATCH)
    seed, total = args.seed, 0
    for number in range(args.batches):
        kind = kinds[number % len(kinds)]
        seeds = range(seed, seed + IN_A_BATCH[kind])
        place = folder / f"{kind}-{seed}"
        place.mkdir(parents=True)
        steps, what = difference(kind, place, seeds)
        total += steps
        print(f"{kind} {seeds[0]} to {seeds[-1]}: {steps} steps agree", flush=True)
        if what:
            print(what)
            return 1
        seed = seeds[-1] + 1
    print(f"{total} steps agree")
    return 0


if __name__ == "__main__":
    sys.exit(main())
