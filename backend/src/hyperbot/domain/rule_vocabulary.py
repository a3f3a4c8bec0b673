"""The words of a rule: every name that a field may hold, and which of them mirror each other.

A test holds these names against the columns and parameters of `detection`.
"""

from __future__ import annotations

from typing import Literal, get_args

ClassicalPattern = Literal[
    "doji",
    "dragonfly_doji",
    "gravestone_doji",
    "long_legged_doji",
    "hammer",
    "hanging_man",
    "inverted_hammer",
    "shooting_star",
    "spinning_top",
    "marubozu",
    "belt_hold",
    "engulfing",
    "harami",
    "harami_cross",
    "piercing",
    "dark_cloud_cover",
    "morning_star",
    "evening_star",
    "three_white_soldiers",
    "three_black_crows",
    "three_inside",
    "three_outside",
    "inverted_hammer_gapless",
    "shooting_star_gapless",
    "engulfing_gapless",
    "harami_gapless",
    "piercing_gapless",
    "dark_cloud_cover_gapless",
    "morning_star_gapless",
    "evening_star_gapless",
    "three_white_soldiers_gapless",
    "three_black_crows_gapless",
    "three_inside_gapless",
    "three_outside_gapless",
    "pin_bar",
    "inside_bar",
    "outside_bar",
]
EntryType = Literal[
    "LE",
    "le_weak",
    "small_wick",
    "steeper_wick",
    "celery",
    "breakout",
    "fakeout",
    "onion",
    ClassicalPattern,
]
"""What makes the entry: the plays of the teaching material, then the classical patterns."""

Pattern = Literal[
    "liquidity_engulf",
    "le_weak",
    "small_wick",
    "steeper_wick",
    "no_wick",
    "celery_candle",
    "celery",
    "breakout",
    "fakeout",
    "onion",
    ClassicalPattern,
]
"""What a candle condition may name: `candle.<pattern>` is its column."""

ENTRY_TYPES: tuple[EntryType, ...] = get_args(EntryType)
PATTERNS: tuple[Pattern, ...] = get_args(Pattern)

NEUTRAL_PATTERNS: frozenset[str] = frozenset(
    {
        "doji",
        "dragonfly_doji",
        "gravestone_doji",
        "long_legged_doji",
        "inside_bar",
        "celery_candle",
    }
)
"""Patterns whose column only says that they are there (+1), not for which side."""

# Each bullish name with its bearish counterpart. A hammer has no gap test, so its counterpart is
# the shooting star without one.
_COUNTERPARTS: dict[Pattern, Pattern] = {
    "hammer": "shooting_star_gapless",
    "inverted_hammer": "hanging_man",
    "inverted_hammer_gapless": "hanging_man",
    "piercing": "dark_cloud_cover",
    "piercing_gapless": "dark_cloud_cover_gapless",
    "morning_star": "evening_star",
    "morning_star_gapless": "evening_star_gapless",
    "three_white_soldiers": "three_black_crows",
    "three_white_soldiers_gapless": "three_black_crows_gapless",
}
MIRRORED_PATTERNS: dict[Pattern, Pattern] = {
    "hanging_man": "inverted_hammer_gapless",
    "shooting_star": "hammer",
    **_COUNTERPARTS,
    **{bearish: bullish for bullish, bearish in _COUNTERPARTS.items() if bearish != "hanging_man"},
}
"""Patterns that exist for one side only, each with its counterpart on the other side."""

BULLISH_PATTERNS: frozenset[Pattern] = frozenset(_COUNTERPARTS)
BEARISH_PATTERNS: frozenset[Pattern] = frozenset(MIRRORED_PATTERNS) - BULLISH_PATTERNS

_CANDLES_OF: dict[int, tuple[str, ...]] = {
    2: ("engulfing", "harami", "piercing", "dark_cloud_cover", "inside_bar", "outside_bar"),
    3: ("morning_star", "evening_star", "three_"),
}


def pattern_of(entry_type: EntryType) -> Pattern:
    """The pattern that makes an entry: sources say LE where detection says liquidity_engulf."""
    return "liquidity_engulf" if entry_type == "LE" else entry_type


def side_of(pattern: str) -> int:
    """+1 for a pattern that is only ever bullish, -1 for only bearish, 0 for both or neither."""
    return int(pattern in BULLISH_PATTERNS) - int(pattern in BEARISH_PATTERNS)


def toward(pattern: Pattern, side: int) -> Pattern:
    """The pattern to look for on `side` (+1 long, -1 short): itself, or its counterpart."""
    return MIRRORED_PATTERNS[pattern] if side_of(pattern) == -side else pattern


def candles_of(pattern: Pattern) -> int:
    """How many candles make up a pattern: a stop beyond the signal lies beyond all of them."""
    return next((n for n, names in _CANDLES_OF.items() if pattern.startswith(names)), 1)


StructureEvent = Literal[
    "bos",
    "choch",
    "break",
    "trend",
    "sweep",
    "swing",
    "equal_levels",
    "swings",
    "progress_swing",
    "pullback_swing",
]

ZoneKind = Literal["support", "resistance", "order_block", "fair_value_gap", "premium", "discount"]
LEG_HALVES: frozenset[str] = frozenset({"premium", "discount"})
SIDED_ZONES: frozenset[str] = frozenset({"order_block", "fair_value_gap"})
MIRRORED_ZONES: dict[ZoneKind, ZoneKind] = {
    "support": "resistance",
    "resistance": "support",
    "premium": "discount",
    "discount": "premium",
}

Phase = Literal["drive", "range", "liquidity"]
PHASE_NUMBERS: dict[Phase, int] = {"drive": 1, "range": 2, "liquidity": 3}
"""How `cycle.phase` writes them."""

SessionName = Literal["asia", "london", "new_york"]
SESSION_HOURS: dict[SessionName, tuple[int, int]] = {
    "asia": (0, 8),
    "london": (7, 16),
    "new_york": (12, 21),
}
"""First and last hour (left out) of each session in UTC, the same in summer and winter."""

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
