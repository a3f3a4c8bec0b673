"""`python -m benchmarks`: everything measured in one run; see benchmarks/README.md."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import time
from pathlib import Path

from benchmarks.kernel_costs import kernels_changed
from benchmarks.results import FILE, Result, as_json, table, write

# Each module has `measure(*, quick)`, which gives results one by one.
SUBJECTS = (
    "machine",
    "agreement",
    "patterns",
    "detection",
    "kernel_costs",
    "structure",
    "simulation",
    "backtest",
    "sweep",
    "live",
    "memory",
    "cold_start",
    "bit_identity",
)


def main() -> int:
    """Measure, print one table, keep it; 1 if --strict and a target was missed."""
    asked = _asked()
    began, results = time.perf_counter(), []
    for name in asked.only or SUBJECTS:
        results += _measured(name, quick=asked.quick)
    seconds = time.perf_counter() - began
    if kernels_changed():
        print("the kernels' source changed during this run: start anew", file=sys.stderr)
        return 2
    if asked.out is not None:
        write(results, seconds, asked.out)
    elif not asked.only and not asked.quick:
        write(results, seconds)
    print(json.dumps(as_json(results, seconds), indent=2) if asked.json else table(results))
    missed = [each.name for each in results if each.met == "no"]
    print(f"\n{len(missed)} missed, {seconds:.0f} s", *missed, sep="\n  ", file=sys.stderr)
    return int(asked.strict and bool(missed))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--only", action="append", choices=SUBJECTS, help="this subject (may be repeated)"
    )
    parser.add_argument("--quick", action="store_true", help="fewer candles, nothing compiled anew")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    parser.add_argument("--strict", action="store_true", help="exit with 1 if a target is missed")
    parser.add_argument(
        "--out", type=Path, help=f"where to write the results (a whole run: {FILE.name})"
    )
    return parser.parse_args()


def _measured(name: str, *, quick: bool) -> list[Result]:
    print(f"{name} ...", file=sys.stderr)
    began = time.perf_counter()
    found = list(importlib.import_module(f"benchmarks.{name}").measure(quick=quick))
    print(f"  {time.perf_counter() - began:.1f} s", file=sys.stderr)
    return found


if __name__ == "__main__":
    sys.exit(main())
