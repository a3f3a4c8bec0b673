"""Rules and candles on several timeframes, drawn so that conditions are met now and then."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
from hypothesis import strategies as st

from candle_strategies import MARKETS, market
from hyperbot.domain.market import CandleSeries, Timeframe
from hyperbot.domain.rule_errors import parse_rule
from hyperbot.domain.rule_vocabulary import (
    ENTRY_TYPES,
    MIRRORED_PATTERNS,
    NEUTRAL_PATTERNS,
    PATTERNS,
    WEEKDAYS,
    StructureEvent,
    side_of,
)
from hyperbot.domain.rules import StrategyRule
from rule_builders import without_contradictions

_NAMES = ("5m", "15m", "1h")
TIMEFRAMES = tuple(Timeframe.parse(text) for text in _NAMES)
END_MS = 1_704_679_200_000  # 2024-01-08 02:00 UTC, a Monday: before it lies a weekend

EXACT_PATTERNS = (
    *("liquidity_engulf", "le_weak", "small_wick", "steeper_wick", "no_wick", "celery"),
    *("breakout", "fakeout", "onion", "pin_bar", "celery_candle"),
)
"""Patterns that mirrored candles mirror exactly; TA-Lib's are not all as exact."""
_FREQUENT = ("small_wick", "steeper_wick", "LE", "pin_bar", "le_weak")
_EVENTS = StructureEvent.__args__  # type: ignore[attr-defined]


def candles_of(
    kind: str, seed: int, count: int = 160, missing: float = 0.0
) -> dict[Timeframe, CandleSeries]:
    """`count` candles of each timeframe that end together, of which some are missing.

    Each is a market of its own, so that the coarse ones have a history too.
    """
    found = {}
    for place, timeframe in enumerate(TIMEFRAMES):
        series = market(kind, 10 * seed + place, count)
        times = END_MS - timeframe.ms * np.arange(count, 0, -1)
        rng = random.Random(f"{kind} {seed} {place}")  # noqa: S311 - not a secret
        kept = np.array([rng.random() >= missing for _ in range(count)], dtype=bool)
        found[timeframe] = CandleSeries("TEST", timeframe, times[kept], *series.columns[:, kept])
    return found


def candle_sets(
    kinds: tuple[str, ...] = tuple(MARKETS), missing: float = 0.0
) -> st.SearchStrategy[dict[Timeframe, CandleSeries]]:
    """Seeded candles; shrinks to other seeds only."""
    return st.builds(
        candles_of,
        st.sampled_from(kinds),
        st.integers(0, 500),
        st.sampled_from((160, 60, 20)),
        st.just(missing),
    )


def _among(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


_directions = _among("with", "against", "any")
_parameters: dict[str, st.SearchStrategy[Any]] = {
    "candle.small_wick": _among(0.15, 0.4),
    "candle.engulf_range": _among(0.0, 0.3),
    "structure.left": _among(1, 2),
    "structure.right": _among(1, 2),
    "structure.sweep": _among(0.0, 0.2),
    "structure.break_by_wick": _among(True, False),
    "zone.merge": _among(0.0, 1.0),
    "cycle.drive": _among(0.1, 0.6),
    "entry.breakout_volume": _among(0.0, 0.5),
}


def _is_kind(kind: str, **needed: st.SearchStrategy[Any]) -> dict[str, st.SearchStrategy[Any]]:
    return {"kind": st.just(kind), **needed}


@st.composite
def _candle(draw: st.DrawFn, patterns: tuple[str, ...], side: int) -> dict[str, Any]:
    """`side` 0: the rule is for both, so that any pattern may have any direction."""
    pattern = draw(st.sampled_from(patterns))
    drawn: dict[str, Any] = {"kind": "candle", "pattern": pattern}
    fitting = ["any"]
    if pattern not in NEUTRAL_PATTERNS:
        fitting += ["with"] if side_of(pattern) != -side or not side else []
        fitting += ["against"] if side_of(pattern) != side or not side else []
    drawn["direction"] = draw(st.sampled_from(fitting))
    drawn["min_strength"] = draw(_among(0.0, 0.0, 0.55, 0.605, 0.81))
    return drawn


_events = st.fixed_dictionaries(
    _is_kind("structure", event=st.sampled_from(_EVENTS), direction=_directions)
)
_sweeps = st.fixed_dictionaries(
    _is_kind("structure", event=st.just("sweep"), direction=_directions),
    optional={"min_depth_atr": _among(0.0, 0.1, 0.3), "equal_levels_only": st.booleans()},
)
_near = st.one_of(
    st.fixed_dictionaries({"max_distance_atr": _among(0.0, 0.3, 1.0, 4.0, 50.0)}),
    st.fixed_dictionaries({"inside": st.booleans()}),
    st.just({"inside": False, "max_distance_atr": 2.0}),
)
_touches = st.fixed_dictionaries({}, optional={"min_touches": _among(1, 2, 3)})
_levels = st.fixed_dictionaries(_is_kind("zone", zone=_among("support", "resistance")))
_open_zones = st.fixed_dictionaries(
    _is_kind("zone", zone=_among("order_block", "fair_value_gap")),
    optional={"direction": _directions, "fresh": st.booleans()},
)
_zones = st.builds(
    lambda zone, near, touches: zone | near | ({} if zone.get("fresh") else touches),
    _levels | _open_zones,
    _near,
    _touches,
)
_halves = st.fixed_dictionaries(_is_kind("zone", zone=_among("premium", "discount")))
_cycles = st.fixed_dictionaries(
    _is_kind(
        "cycle",
        phases=st.lists(_among("drive", "range", "liquidity"), min_size=1, unique=True),
        direction=_directions,
        min_confidence=_among(0.0, 0.25, 0.5, 0.7),
    )
)
_volumes = st.one_of(
    st.fixed_dictionaries(_is_kind("volume", min_ratio=_among(0.0, 0.5, 1.3))),
    st.fixed_dictionaries(_is_kind("volume", max_ratio=_among(0.7, 1.3))),
    st.just({"kind": "volume", "min_ratio": 0.5, "max_ratio": 2.0}),
)
_windows = ("07:00-10:30", "22:15-02:00", "12:00-24:00", "23:00-00:00", "00:00-00:01")
_sessions = st.fixed_dictionaries(
    {
        "kind": st.just("session"),
        "sessions": st.lists(_among("asia", "london", "new_york"), max_size=2, unique=True),
        "windows": st.lists(st.sampled_from(_windows), min_size=1, max_size=2, unique=True),
        "weekdays": st.lists(st.sampled_from(WEEKDAYS), max_size=6, unique=True),
    }
) | st.just({"kind": "session", "weekdays": ["monday", "saturday"]})


_OTHER_KINDS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "event": _events,
    "sweep": _sweeps,
    "zone": _zones,
    "half": _halves,
    "cycle": _cycles,
    "volume": _volumes,
    "session": _sessions,
}


@st.composite
def _condition(
    draw: st.DrawFn, patterns: tuple[str, ...], side: int, timeframes: tuple[str, ...]
) -> dict[str, Any]:
    # A name first: `one_of` would flatten the kinds, and those with many variants prevail.
    kinds = {"candle": _candle(patterns, side), **_OTHER_KINDS}
    drawn: dict[str, Any] = dict(draw(kinds[draw(st.sampled_from(sorted(kinds)))]))
    drawn |= {
        "weight": draw(_among(1.0, 0.1, 0.2, 2.0, 100.0)),
        "required": draw(_among(*[False] * 5, True)),
        "within": draw(_among(1, 1, 2, 5, 30)),
    }
    if drawn["kind"] != "session":
        drawn["timeframe"] = draw(st.sampled_from([None, *timeframes]))
        names = draw(_among((), (), *((name,) for name in _parameters)))
        drawn["parameters"] = {name: draw(_parameters[name]) for name in names}
    return drawn


@st.composite
def _document(
    draw: st.DrawFn,
    directions: tuple[str, ...],
    patterns: tuple[str, ...],
    entries: tuple[str, ...],
) -> dict[str, Any]:
    direction = draw(st.sampled_from(directions))
    side = {"both": 0, "long": 1, "short": -1}[direction]
    barred = NEUTRAL_PATTERNS if not side else frozenset()
    fitting = [e for e in entries if e not in barred and (not side or side_of(e) != -side)]
    entry = draw(st.sampled_from([*fitting, *_FREQUENT, *_FREQUENT, *_FREQUENT]))
    trigger = {
        "kind": "candle",
        "pattern": "liquidity_engulf" if entry == "LE" else entry,
        "within": draw(_among(1, 5, 100, 100)),
        "weight": draw(_among(1.0, 0.3)),
    }
    timeframes = draw(_among(_NAMES, _NAMES[1:]))
    conditions = draw(st.lists(_condition(patterns, side, timeframes), max_size=5))
    bias = draw(_among("any", "any", "with", "not_against"))
    frames = draw(_among(timeframes[1:], timeframes[-1:])) if bias != "any" else ()
    document = {
        "id": "drawn",
        "name": "Drawn",
        "direction": direction,
        "entry_type": entry,
        "timeframe": timeframes[0],
        "conditions": [trigger, *conditions] if draw(_among(True, True, False)) else conditions,
        "confluence_required": {
            "min_score": draw(_among(0.3, 0.5, 0.7, 1.0, 0.0)),
            "higher_timeframe_bias": bias,
            "bias_timeframes": frames,
        },
    }
    return without_contradictions(document)


def confluence_rules() -> st.SearchStrategy[StrategyRule]:
    """5m and 15m rules with conditions of all kinds on 5m, 15m and 1h."""
    return _document(("both", "both", "long", "short"), PATTERNS, ENTRY_TYPES).map(parse_rule)


def mirror_rules() -> st.SearchStrategy[StrategyRule]:
    """Rules for both sides whose patterns mirror exactly."""
    entries = tuple("LE" if p == "liquidity_engulf" else p for p in EXACT_PATTERNS)
    entries = tuple(e for e in entries if e in ENTRY_TYPES and e not in MIRRORED_PATTERNS)
    return _document(("both",), EXACT_PATTERNS, entries).map(parse_rule)


def every_condition() -> list[dict[str, Any]]:
    """Each event, zone and phase, with each direction it can have."""
    ways = ("with", "against", "any")
    open_zones = ("order_block", "fair_value_gap")
    return [
        *({"kind": "structure", "event": e, "direction": way} for e in _EVENTS for way in ways),
        {"kind": "structure", "event": "sweep", "equal_levels_only": True},
        {"kind": "structure", "event": "sweep", "min_depth_atr": 0.3},
        *({"kind": "zone", "zone": zone} for zone in ("premium", "discount")),
        *(
            {"kind": "zone", "zone": zone, "max_distance_atr": 1, "direction": way}
            for zone in open_zones
            for way in ways
        ),
        *({"kind": "zone", "zone": zone, "inside": True} for zone in open_zones),
        *({"kind": "zone", "zone": zone, "inside": False, "fresh": True} for zone in open_zones),
        *(
            {"kind": "zone", "zone": zone, **how}
            for zone in ("support", "resistance")
            for how in (
                {"max_distance_atr": 0},
                {"max_distance_atr": 0.5, "min_touches": 2},
                {"inside": True},
                {"inside": False, "max_distance_atr": 2},
            )
        ),
        *(
            {"kind": "cycle", "phases": [phase], "direction": way, "min_confidence": 0.3}
            for phase in ("drive", "range", "liquidity")
            for way in ways
        ),
        {"kind": "volume", "min_ratio": 1.3},
        {"kind": "volume", "max_ratio": 0.7},
        *({"kind": "candle", "pattern": "small_wick", "direction": way} for way in ways),
        {"kind": "candle", "pattern": "hammer", "min_strength": 1.0},
        {"kind": "candle", "pattern": "hammer", "direction": "any"},
        {"kind": "candle", "pattern": "doji"},
        {"kind": "session", "windows": ["22:00-02:00"], "within": 3},
        {"kind": "session", "sessions": ["asia"], "weekdays": ["sunday"]},
    ]
