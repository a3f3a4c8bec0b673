"""A rule in plain English, as a trader would say it."""

from __future__ import annotations

from collections.abc import Iterator

from hyperbot.domain.rule_conditions import (
    CandleCondition,
    Condition,
    CycleCondition,
    SessionCondition,
    StructureCondition,
    VolumeCondition,
    ZoneCondition,
)
from hyperbot.domain.rule_trades import EntryOrder, RiskParams, Stop, Target
from hyperbot.domain.rule_vocabulary import MIRRORED_PATTERNS, MIRRORED_ZONES, toward
from hyperbot.domain.rules import StrategyRule

SIDE_NAMES = {1: "long", -1: "short"}
_COLOURS = {1: "bullish", -1: "bearish"}


def sentences(rule: StrategyRule) -> list[str]:
    """What the rule does, a sentence each: when, how much must agree, entry, stop, targets."""
    side = rule.sides[0]
    told = [f"{SIDE_NAMES[side].title()} when {_trigger(rule, rule.trigger, side)}."]
    told += [_condition(rule, each, side) for each in rule.tests[1:]]
    told.append(_confluence(rule, side))
    told.append(_entry(rule.entry, side))
    told.append(_stop(rule.stop, rule, side))
    told += _targets(rule.targets, side)
    told += _limits(rule.risk_params, str(rule.timeframe))
    if rule.direction == "both":
        told.append("Short: the mirror image of all this.")
    return told


def condition_sentence(rule: StrategyRule, place: int, side: int) -> str:
    """What one of `rule.tests` asks of a trade to `side`; of the first, the trigger, what shows."""
    condition = rule.tests[place]
    if side < 0 and rule.direction == "both":
        condition = _mirrored(condition)
    if place == 0 and isinstance(condition, CandleCondition):
        return _trigger(rule, condition, side)
    is_clock = isinstance(condition, SessionCondition)
    said = _said(condition, side) + ("" if is_clock else f" on {rule.timeframe_of(condition)}")
    return f"{said}{_within(condition)}{_changed(condition)}"


def _mirrored(condition: Condition) -> Condition:
    """What the short side of a rule for both asks in place of what the long side does."""
    names: dict[str, str] = {}
    if isinstance(condition, CandleCondition) and condition.direction == "any":
        names["pattern"] = MIRRORED_PATTERNS.get(condition.pattern, condition.pattern)
    if isinstance(condition, ZoneCondition):
        names["zone"] = MIRRORED_ZONES.get(condition.zone, condition.zone)
    return condition.model_copy(update=names)


def _trigger(rule: StrategyRule, trigger: CandleCondition, side: int) -> str:
    shows = "has its stop order ready" if rule.entry.at == "celery_trigger" else "shows"
    where = f"on {rule.timeframe}{_within(trigger)}{_changed(trigger)}"
    return f"{_candle(trigger, side)} {shows} {where}"


def _condition(rule: StrategyRule, condition: Condition, side: int) -> str:
    strictness = "Only if" if condition.required else "Better if"
    where = "" if condition.timeframe is None else f" on {condition.timeframe}"
    weight = f" (weight {condition.weight:g})"
    said = _said(condition, side)
    return f"{strictness} {said}{where}{_within(condition)}{_changed(condition)}{weight}."


def _within(condition: Condition) -> str:
    return f", within the last {condition.within} candles" if condition.within > 1 else ""


def _changed(condition: Condition) -> str:
    pairs = ", ".join(f"{name} = {value}" for name, value in condition.parameters.items())
    return f", with {pairs}" if pairs else ""


def _said(condition: Condition, side: int) -> str:
    if isinstance(condition, CandleCondition):
        return f"there is {_candle(condition, side)}"
    if isinstance(condition, StructureCondition):
        return _structure(condition, side)
    if isinstance(condition, ZoneCondition):
        return _zone(condition, side)
    if isinstance(condition, CycleCondition):
        return _cycle(condition, side)
    if isinstance(condition, VolumeCondition):
        return _volume(condition)
    return _session(condition)


def _sign(direction: str | None, side: int) -> int:
    return {"with": side, "against": -side}.get(direction or "any", 0)


def _candle(condition: CandleCondition, side: int) -> str:
    sign = _sign(condition.direction, side)
    pattern = toward(condition.pattern, sign) if sign else condition.pattern
    plain = pattern.removesuffix("_gapless")
    name = _NAMES.get(plain, plain.replace("_", " "))
    if plain != pattern:
        name += " (no gap needed)"
    said = f"{_COLOURS[sign]} {name}" if sign else name
    strength = f" of strength {condition.min_strength:g} or more" if condition.min_strength else ""
    return f"{'an' if said[0] in 'aeiou' else 'a'} {said}{strength}"


_NAMES = {
    "le_weak": "weak candle (le_weak)",
    "small_wick": "small-wick candle",
    "steeper_wick": "steeper-wick candle",
    "no_wick": "candle without a wick",
    "celery": "celery",
}

_EVENTS: dict[str, dict[int, str]] = {
    "bos": {0: "structure breaks", 1: "structure breaks upward", -1: "structure breaks downward"},
    "choch": {
        0: "the character changes",
        1: "the character changes to bullish",
        -1: "the character changes to bearish",
    },
    "break": {
        0: "a swing is broken",
        1: "a swing high is broken",
        -1: "a swing low is broken",
    },
    "trend": {0: "there is a trend", 1: "the trend is up", -1: "the trend is down"},
    "sweep": {0: "levels are swept", 1: "lows are swept", -1: "highs are swept"},
    "swing": {
        0: "a swing is confirmed",
        1: "a swing low is confirmed",
        -1: "a swing high is confirmed",
    },
    "equal_levels": {
        0: "equal highs or lows form",
        1: "equal lows form",
        -1: "equal highs form",
    },
    "swings": {
        0: "the last swings point the same way",
        1: "the last swings are a higher high and a higher low",
        -1: "the last swings are a lower low and a lower high",
    },
    "progress_swing": {
        0: "the last swing went further",
        1: "the last swing high is a higher one",
        -1: "the last swing low is a lower one",
    },
    "pullback_swing": {
        0: "the last pullback held",
        1: "the last swing low is a higher one",
        -1: "the last swing high is a lower one",
    },
}


def _structure(condition: StructureCondition, side: int) -> str:
    said = _EVENTS[condition.event][_sign(condition.direction, side)]
    if condition.equal_levels_only:
        said += " where they were equal"
    if condition.min_depth_atr is not None:
        said += f" by {condition.min_depth_atr:g} ATR or more"
    return said


def _zone(condition: ZoneCondition, side: int) -> str:
    name = condition.zone.replace("_", " ")
    if condition.zone in {"premium", "discount"}:
        return f"price is at a {name}: {_HALVES[condition.zone]} half of the last swing leg"
    sign = _sign(condition.direction, side)
    colour = f"{_COLOURS[sign]} " if sign else ""
    fresh = {None: "", True: "fresh ", False: "touched "}[condition.fresh]
    area = "" if sign or condition.direction else " zone"
    touches = f" with {condition.min_touches} or more touches" if condition.min_touches else ""
    return f"the close is {_nearness(condition)} a {fresh}{colour}{name}{area}{touches}"


_HALVES = {"premium": "the upper", "discount": "the lower"}


def _nearness(condition: ZoneCondition) -> str:
    if condition.inside:
        return "inside"
    outside = "outside, but " if condition.inside is False else ""
    if condition.max_distance_atr is None:
        return "outside"
    return f"{outside}within {condition.max_distance_atr:g} ATR of"


def _cycle(condition: CycleCondition, side: int) -> str:
    sign = _sign(condition.direction, side)
    way = {1: " up", -1: " down", 0: ""}[sign]
    phases = " or ".join(
        phase if phase == "range" else f"{phase}{way}" for phase in condition.phases
    )
    sure = (
        f" with confidence {condition.min_confidence:g} or more" if condition.min_confidence else ""
    )
    return f"the market is in {phases}{sure}"


def _volume(condition: VolumeCondition) -> str:
    least = f"at least {condition.min_ratio:g}" if condition.min_ratio is not None else ""
    most = f"at most {condition.max_ratio:g}" if condition.max_ratio is not None else ""
    bounds = " and ".join(part for part in (least, most) if part)
    return f"volume is {bounds} times its mean of 20 candles"


def _session(condition: SessionCondition) -> str:
    times = [*(name.replace("_", " ").title() for name in condition.sessions), *condition.windows]
    hours = f"within {' or '.join(times)}" if times else ""
    days = f"on {', '.join(map(str.title, condition.weekdays))}" if condition.weekdays else ""
    return f"the candle ends {' '.join(part for part in (hours, days) if part)} (UTC)"


def _confluence(rule: StrategyRule, side: int) -> str:
    required = rule.confluence_required
    share = f"{100 * required.min_score:g} %"
    said = f"At least {share} of all weights must be met (the entry weighs {rule.trigger.weight:g})"
    if required.higher_timeframe_bias == "any":
        return f"{said}."
    frames = " and ".join(str(each) for each in required.bias_timeframes)
    if required.higher_timeframe_bias == "with":
        return f"{said}, and the bias on {frames} must be {_COLOURS[side]}."
    return f"{said}, and the bias on {frames} must not be {_COLOURS[-side]}."


def _entry(entry: EntryOrder, side: int) -> str:
    if entry.order == "next_open":
        return "Enter at the open of the next candle."
    verb = "buy" if side > 0 else "sell"
    end = "high" if side > 0 else "low"
    levels = {
        "signal_high": f"one tick beyond the {end} of the signal candle",
        "celery_trigger": f"one tick beyond the {end} of the celery's signal candle",
        "zone_edge": "at the near edge of the zone",
        "signal_open": "at the open of the signal candle",
        "signal_close": "at the close of the signal candle",
        "signal_middle": "at the middle of the signal candle",
    }
    at = levels[entry.at or "signal_close"]
    return f"Enter with a {verb} {entry.order} {at}, valid for {entry.valid_candles} candles."


def _stop(stop: Stop, rule: StrategyRule, side: int) -> str:
    below, low, bottom = ("under", "low", "bottom") if side > 0 else ("over", "high", "top")
    places = {
        "signal": f"{below} the {low} of the signal",
        "previous_candle": f"{below} the {low} of the candle before the signal",
        "swing": f"{below} the last swing {low}",
        "zone": f"{below} the zone",
        "range": f"{below} the {bottom} of the range",
        "fakeout": f"{below} the {low} of the fakeout",
        "celery": f"one tick {below} the {low} of the celery's signal candle",
        "atr": f"{stop.atr_multiple} ATR {below} the entry",
    }
    buffers = []
    if stop.buffer_atr:
        buffers.append(f"{stop.buffer_atr} ATR")
    if stop.buffer_ticks:
        buffers.append(f"{stop.buffer_ticks} tick{'s' if stop.buffer_ticks > 1 else ''}")
    added = f", plus {' and '.join(buffers)}" if buffers else ""
    risk = f"{rule.risk_params.risk_percent:f}"
    return f"Stop {places[stop.beyond]}{added}; {risk} % of equity is lost there (1R)."


def _targets(targets: tuple[Target, ...], side: int) -> Iterator[str]:
    far = "top" if side > 0 else "bottom"
    levels = {"far_side": f"the {far} of the range", "next_level": "the next level"}
    moved = {
        "none": "",
        "breakeven": ", then move the stop to breakeven",
        "trail": ", then trail the stop behind confirmed swings",
    }
    for position, target in enumerate(targets):
        is_rest = position == len(targets) - 1 and position > 0
        what = "the rest" if is_rest else f"{(target.share * 100).normalize():f} %"
        at = f"{target.r:f}R"
        if target.level is not None:
            at = f"{levels[target.level]}, at {at} at the latest"
        yield f"Take {what} at {at}{moved[target.then]}."


def _limits(risk: RiskParams, timeframe: str) -> Iterator[str]:
    if risk.time_stop_candles is not None:
        yield f"Close what is left after {risk.time_stop_candles} candles of {timeframe}."
    if risk.cooldown_candles:
        yield f"Afterwards wait {risk.cooldown_candles} candles before the next trade."
    is_one = risk.max_concurrent == 1
    yield (
        "One position at a time." if is_one else f"Up to {risk.max_concurrent} positions at a time."
    )
