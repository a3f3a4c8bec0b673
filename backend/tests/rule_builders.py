"""Rules with sane values, so that a test states only what matters; and drawn ones."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from hyperbot.domain.rule_errors import parse_rule
from hyperbot.domain.rule_parameters import PARAMETER_NAMES, SWITCHES, WHOLE_NUMBERS
from hyperbot.domain.rule_vocabulary import (
    ENTRY_TYPES,
    LEG_HALVES,
    MIRRORED_PATTERNS,
    NEUTRAL_PATTERNS,
    PATTERNS,
    SIDED_ZONES,
    WEEKDAYS,
    pattern_of,
)
from hyperbot.domain.rules import StrategyRule

PLAIN: dict[str, Any] = {
    "id": "le-15m",
    "name": "Liquidity engulf",
    "direction": "long",
    "entry_type": "LE",
    "timeframe": "15m",
}
CONDITIONS: dict[str, dict[str, Any]] = {
    "candle": {"kind": "candle", "pattern": "small_wick"},
    "structure": {"kind": "structure", "event": "trend"},
    "zone": {"kind": "zone", "zone": "support", "max_distance_atr": 1},
    "cycle": {"kind": "cycle", "phases": ["drive"]},
    "volume": {"kind": "volume", "min_ratio": 1.5},
    "session": {"kind": "session", "sessions": ["london"]},
}


def document(**fields: Any) -> dict[str, Any]:
    """A rule as YAML gives it."""
    return PLAIN | fields


def condition(kind: str, **fields: Any) -> dict[str, Any]:
    """A condition as YAML gives it."""
    return CONDITIONS[kind] | fields


def rule(**fields: Any) -> StrategyRule:
    """A checked rule."""
    return parse_rule(document(**fields))


def without_contradictions(drawn: dict[str, Any]) -> dict[str, Any]:
    """A drawn rule that states its entry once, with the trade, and does not require opposites."""
    entry, kept, half = pattern_of(drawn["entry_type"]), [], None
    is_stated = False
    for each in map(dict, drawn["conditions"]):
        is_own = each.get("timeframe") in {None, drawn["timeframe"]}
        if is_own and each.get("pattern") == entry:
            if each.get("direction") == "against":
                each["required"] = False
            elif is_stated:
                continue
            else:
                is_stated = True
                each["direction"] = "any" if entry in NEUTRAL_PATTERNS else "with"
        if each.get("zone") in LEG_HALVES and each["required"]:
            half = half or each["zone"]
            each["required"] = each["zone"] == half
        kept.append(each)
    return drawn | {"conditions": kept}


_texts = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t"), max_size=60
)
_names = st.text(st.characters(exclude_categories=("Cs", "Cc", "Z")), min_size=1, max_size=30)
_shares = st.floats(0, 1)
_distances = st.floats(0, 50)
_directions = st.sampled_from(["with", "against", "any"])


def _optional(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


@st.composite
def _parameters(draw: st.DrawFn) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in draw(st.sets(st.sampled_from(PARAMETER_NAMES), max_size=4)):
        if name in SWITCHES:
            values[name] = draw(st.booleans())
        elif name in WHOLE_NUMBERS:
            values[name] = draw(st.integers(*WHOLE_NUMBERS[name]))
        else:
            values[name] = draw(st.floats(0, 10_000))
    return values


def _candles() -> st.SearchStrategy[dict[str, Any]]:
    two_sided = [p for p in PATTERNS if p not in NEUTRAL_PATTERNS and p not in MIRRORED_PATTERNS]
    sided = {
        "pattern": st.sampled_from(two_sided),
        "direction": _directions,
        "min_strength": _shares,
    }
    neutral = {"pattern": st.sampled_from(sorted(NEUTRAL_PATTERNS))}
    return st.fixed_dictionaries({"kind": st.just("candle"), **sided}) | st.fixed_dictionaries(
        {"kind": st.just("candle"), **neutral}
    )


def _zones() -> st.SearchStrategy[dict[str, Any]]:
    kind = st.just("zone")
    touches = _optional(st.integers(1, 127))
    return (
        st.fixed_dictionaries({"kind": kind, "zone": st.sampled_from(sorted(LEG_HALVES))})
        | st.fixed_dictionaries(
            {
                "kind": kind,
                "zone": st.sampled_from(sorted(SIDED_ZONES)),
                "inside": st.booleans(),
                "fresh": _optional(st.booleans()),
                "direction": _directions,
            }
        )
        | st.fixed_dictionaries(
            {
                "kind": kind,
                "zone": st.sampled_from(["support", "resistance"]),
                "max_distance_atr": _distances,
                "min_touches": touches,
            }
        )
    )


def _others() -> st.SearchStrategy[dict[str, Any]]:
    phases = st.lists(
        st.sampled_from(["drive", "range", "liquidity"]), min_size=1, max_size=3, unique=True
    )
    days = st.lists(st.sampled_from(WEEKDAYS), max_size=7, unique=True)
    windows = st.sampled_from([[], ["07:00-10:30"], ["22:15-02:00", "12:00-24:00"]])
    return (
        st.fixed_dictionaries(
            {
                "kind": st.just("structure"),
                "event": st.sampled_from(["bos", "choch", "break", "swing", "swings"]),
                "direction": _directions,
            }
        )
        | st.fixed_dictionaries(
            {
                "kind": st.just("structure"),
                "event": st.just("sweep"),
                "min_depth_atr": _optional(_distances),
                "equal_levels_only": st.booleans(),
            }
        )
        | st.fixed_dictionaries(
            {
                "kind": st.just("cycle"),
                "phases": phases,
                "direction": _directions,
                "min_confidence": _shares,
            }
        )
        | st.fixed_dictionaries({"kind": st.just("volume"), "min_ratio": st.floats(0, 1000)})
        | st.fixed_dictionaries(
            {
                "kind": st.just("session"),
                "sessions": st.just(["asia", "new_york"]),
                "windows": windows,
                "weekdays": days,
            }
        )
    )


@st.composite
def _conditions(draw: st.DrawFn) -> dict[str, Any]:
    drawn = draw(_candles() | _zones() | _others())
    drawn |= {
        "weight": draw(st.floats(0, 100, exclude_min=True)),
        "required": draw(st.booleans()),
        "within": draw(st.integers(1, 1000)),
    }
    if drawn["kind"] != "session":
        drawn["parameters"] = draw(_parameters())
        drawn["timeframe"] = draw(st.sampled_from([None, "15m", "1h", "240m", "1d", "1w"]))
    return drawn


@st.composite
def _ladders(draw: st.DrawFn) -> list[dict[str, Any]]:
    steps = draw(st.lists(st.integers(1, 1_000_000), min_size=1, max_size=8, unique=True))
    cuts = draw(
        st.lists(st.integers(1, 999), min_size=len(steps) - 1, max_size=len(steps) - 1, unique=True)
    )
    edges = [0, *sorted(cuts), 1000]
    ladder = [
        {
            "r": Decimal(step) / 10_000,
            "share": Decimal(after - before) / 1000,
            "then": draw(st.sampled_from(["none", "breakeven", "trail"])),
        }
        for step, before, after in zip(sorted(steps), edges, edges[1:], strict=False)
    ]
    ladder[-1]["then"] = "none"
    ladder[-1]["level"] = draw(st.sampled_from([None, "far_side", "next_level"]))
    return ladder


_citations = st.fixed_dictionaries(
    {
        "quote": _texts.filter(bool),
        "page": _optional(st.integers(1, 100_000)),
        "section": _optional(_texts),
        "start_s": st.floats(0, 100),
        "end_s": _optional(st.floats(100, 1e6)),
        "frame": _optional(_names),
    }
)


def documents() -> st.SearchStrategy[dict[str, Any]]:
    """Rules as YAML gives them, all of them valid."""
    risk = st.fixed_dictionaries(
        {
            "risk_percent": st.integers(1, 20_000).map(lambda n: Decimal(n) / 10_000),
            "stop": _optional(
                st.fixed_dictionaries(
                    {
                        "beyond": st.sampled_from(["signal", "swing", "previous_candle", "range"]),
                        "buffer_atr": st.integers(0, 100_000).map(lambda n: Decimal(n) / 10_000),
                        "buffer_ticks": st.integers(0, 1000),
                    }
                )
            ),
            "targets": _optional(_ladders()),
            "time_stop_candles": _optional(st.integers(1, 10_000)),
            "cooldown_candles": st.integers(0, 10_000),
            "max_concurrent": st.integers(1, 10),
        }
    )
    two_sided = [e for e in ENTRY_TYPES if e not in NEUTRAL_PATTERNS and e not in MIRRORED_PATTERNS]
    return st.fixed_dictionaries(
        {
            "id": st.from_regex(r"[a-z0-9][a-z0-9_-]{0,63}", fullmatch=True),
            "name": _names,
            "description": _texts,
            "source_type": st.sampled_from(["pdf", "video", "manual", "system"]),
            "source_ref": _texts,
            "citations": st.lists(_citations, max_size=2),
            "direction": st.sampled_from(["long", "short", "both"]),
            "entry_type": st.sampled_from(two_sided),
            "timeframe": st.sampled_from(["1m", "5m", "15m"]),
            "conditions": st.lists(_conditions(), max_size=4),
            "confidence": _shares,
            "status": st.sampled_from(["candidate", "active", "disabled", "retired"]),
            "version": st.integers(1, 1_000_000),
            "risk_params": risk,
        }
    ).map(without_contradictions)


def rules() -> st.SearchStrategy[StrategyRule]:
    """Checked rules."""
    return documents().map(parse_rule)
