"""How clearly a pattern is met, and the percentage that facts keep of it."""

from __future__ import annotations

from hyperbot.detection.kernel import kernel


@kernel
def grade(clarity: float) -> int:
    """Strength in percent: 50 for a match that is barely one, 100 for a perfect one."""
    return int(100.0 * (0.5 + 0.5 * clarity) + 0.5)


@kernel
def room(part: float, limit: float) -> float:
    """What share of a limit is left unused; 1 if the limit is 0 (and the part with it)."""
    whole = limit if limit > 0.0 else 1.0
    return 1.0 - min(part, whole) / whole


@kernel
def surplus(share: float, least: float) -> float:
    """Where a share lies between the least that matches and 1; 1 if the least is 1."""
    spare = 1.0 - least
    above = (share - least) / (spare if spare > 0.0 else 1.0)
    return min(max(above, 0.0), 1.0) if spare > 0.0 else 1.0


@kernel
def up_to_one(part: float, whole: float) -> float:
    """Part / whole within 0..1; 1 where there is nothing to divide by."""
    return min(max(part / whole, 0.0), 1.0) if whole > 0.0 else 1.0
