"""Facts summed up: how often each thing was found, and how the time divides into phases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hyperbot.charting import ENTRY_TYPES, WITHOUT_DIRECTION
from hyperbot.charting.fact_table import CheckedFacts, runs_of
from hyperbot.detection import Facts
from hyperbot.detection.registry import COLUMNS

PHASES = ("not yet known", "drive", "range", "liquidity")
_ZONE_KINDS = {"order block": ("order_block", "block"), "fair value gap": ("fair_value_gap", "gap")}


@dataclass(frozen=True, slots=True)
class PatternCount:
    """How often a pattern fired; `either` counts those that have no direction."""

    name: str
    is_entry: bool
    long: int
    short: int
    either: int
    per_thousand: float
    mean_strength: float


@dataclass(frozen=True, slots=True)
class SidedCount:
    """How often something of the structure was found, upward (highs) and downward (lows)."""

    name: str
    up: int
    down: int


@dataclass(frozen=True, slots=True)
class ZoneCount:
    """What became of the order blocks or gaps of one direction."""

    name: str
    known: int
    first_touched: int
    closed_through: int


@dataclass(frozen=True, slots=True)
class PhaseShare:
    """How much of the time a phase took, in how many stretches of what mean length (candles)."""

    phase: str
    direction: int
    share: float
    stretches: int
    mean_candles: float


@dataclass(frozen=True, slots=True)
class Summary:
    """All that the summary tells of a series."""

    candles: int
    patterns: tuple[PatternCount, ...]
    structure: tuple[SidedCount, ...]
    zones: tuple[ZoneCount, ...]
    ranges: int
    phases: tuple[PhaseShare, ...]


def summed_up(facts: Facts) -> Summary:
    """The summary of at least one candle's facts."""
    checked = CheckedFacts(facts, len(facts))
    active = checked["cycle.range.active"]
    begun = (active != 0) & (np.concatenate([[0], active[:-1]]) == 0)
    return Summary(
        candles=len(facts),
        patterns=tuple(_pattern(c.name, checked, len(facts)) for c in COLUMNS if c.graded),
        structure=_structure(checked),
        zones=_zones(checked),
        ranges=int(begun.sum()),
        phases=_phases(checked, len(facts)),
    )


def _pattern(name: str, facts: CheckedFacts, candles: int) -> PatternCount:
    sign, strength = facts[name], facts[f"{name}.strength"]
    fired = sign != 0
    has_direction = name not in WITHOUT_DIRECTION
    count = int(fired.sum())
    return PatternCount(
        name=name.removeprefix("candle."),
        is_entry=name in ENTRY_TYPES,
        long=int((sign > 0).sum()) if has_direction else 0,
        short=int((sign < 0).sum()) if has_direction else 0,
        either=0 if has_direction else count,
        per_thousand=round(1000 * count / candles, 2),
        mean_strength=round(float(strength[fired].mean()), 3) if count else 0.0,
    )


def _structure(facts: CheckedFacts) -> tuple[SidedCount, ...]:
    def marked(high: str, low: str) -> tuple[int, int]:
        return int((facts[high] != 0).sum()), int((facts[low] != 0).sum())

    def signed(name: str) -> tuple[int, int]:
        return int((facts[name] > 0).sum()), int((facts[name] < 0).sum())

    rising = {
        kind: int(((facts[f"structure.swing_{kind}"] != 0) & (facts[label] * sign > 0)).sum())
        for kind, label, sign in (
            ("high", "structure.high_label", 1),
            ("low", "structure.low_label", -1),
        )
    }
    return (
        SidedCount("swing highs, lows", *marked("structure.swing_high", "structure.swing_low")),
        SidedCount("of these HH, LL", rising["high"], rising["low"]),
        SidedCount("equal highs, lows", *marked("structure.equal_highs", "structure.equal_lows")),
        SidedCount("BOS up, down", *signed("structure.bos")),
        SidedCount("CHoCH up, down", *signed("structure.choch")),
        SidedCount("sweeps for long, short", *signed("structure.sweep")),
    )


def _zones(facts: CheckedFacts) -> tuple[ZoneCount, ...]:
    return tuple(
        ZoneCount(
            name=f"{side} {kind}",
            known=int((facts[f"zone.{flag}"] == direction).sum()),
            first_touched=int(facts[f"zone.{side}_{short}.mitigated"].astype(int).sum()),
            closed_through=int(facts[f"zone.{side}_{short}.ended"].astype(int).sum()),
        )
        for kind, (flag, short) in _ZONE_KINDS.items()
        for side, direction in (("bullish", 1), ("bearish", -1))
    )


def _phases(facts: CheckedFacts, candles: int) -> tuple[PhaseShare, ...]:
    phase, direction = facts["cycle.phase"], facts["cycle.direction"]
    runs = runs_of(phase, direction)
    lengths = runs.end - runs.start + 1
    kinds = sorted({(int(phase[row]), int(direction[row])) for row in runs.start})
    shares = []
    for kind in kinds:
        of_kind = lengths[(phase[runs.start] == kind[0]) & (direction[runs.start] == kind[1])]
        shares.append(
            PhaseShare(
                phase=PHASES[kind[0]],
                direction=kind[1],
                share=round(float(of_kind.sum()) / candles, 4),
                stretches=int(of_kind.size),
                mean_candles=round(float(of_kind.mean()), 1),
            )
        )
    return tuple(shares)
