"""How much memory a process and its children take at most, looked at from outside."""

from __future__ import annotations

import time
from pathlib import Path

SAMPLED_EVERY = 0.05
"""seconds"""


class PeakMemory:
    """The most memory of a process and its children, in MB.

    `together`: of pages that they share each has its part. `largest`: of one, those pages whole.
    """

    def __init__(self) -> None:
        self.together, self.largest, self.samples = 0.0, 0.0, 0

    def watch(self, process: int) -> None:
        """Until it ends. What lies between two looks is not seen."""
        while (own := _kilobytes(process, "Pss:")) is not None:
            children = _read(Path(f"/proc/{process}/task/{process}/children")).split()
            held = [own, *(_kilobytes(int(child), "Pss:") or 0 for child in children)]
            self.together = max(self.together, sum(held) / 1e3)
            whole = [_kilobytes(each, "Rss:") or 0 for each in (process, *map(int, children))]
            self.largest = max(self.largest, max(whole) / 1e3)
            self.samples += 1
            time.sleep(SAMPLED_EVERY)

    @property
    def told(self) -> str:
        """How it was measured."""
        if not self.samples:
            return "this system does not tell"
        return f"proportional set size, {self.samples:,} looks"


def _kilobytes(process: int, what: str) -> float | None:
    """Of a process, `Pss:` (of shared pages its part) or `Rss:`; None when it is gone."""
    lines = _read(Path(f"/proc/{process}/smaps_rollup")).splitlines()
    told = [line.split()[1] for line in lines if line.startswith(what)]
    return float(told[0]) if told else None


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except OSError:
        return ""
