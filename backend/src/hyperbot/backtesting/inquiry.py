"""The evidence of a run: its rules judged together, its doubts, and all of it in one sentence."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from hyperbot.backtesting.evidence import Evidence, HoldOutUse, RuleEvidence
from hyperbot.backtesting.holding import benchmarks
from hyperbot.backtesting.report import BacktestResult, CandleLineage, Settings
from hyperbot.backtesting.significance import Measured
from hyperbot.backtesting.trials import Trial
from hyperbot.backtesting.verdict import Circumstances, judged

MANY_TRADES = 100
FEW_WINNERS = 3
"""the best so many trades should not have made most of the profit"""
MOST_FROM_FEW = 0.5
SOME = 0.01
"""a share below this is not worth a warning"""


def objection_to(settings: Settings, lineage: Sequence[CandleLineage]) -> str:
    """Why nothing can be proven on these terms; empty where there is no such reason."""
    if any(each.is_synthetic for each in lineage):
        return "its candles are invented, and prove nothing about any market"
    costs = settings.costs
    if not (costs.taker or costs.maker or costs.half_spread):
        return "no costs were charged, and no market trades for nothing"
    return ""


def trials_of(
    measured: Sequence[Measured], settings: Settings, lineage: Sequence[CandleLineage]
) -> list[Trial]:
    """Each rule of the run as a trial, to be counted."""
    terms = terms_sha256(settings, lineage)
    return [
        Trial(
            rule=each.subject.rule,
            rule_sha256=each.subject.sha256,
            terms_sha256=_judged_from(terms, each.subject.embargo),
            coins=settings.coins,
            since=settings.since,
            until=settings.until,
            origin="backtest",
            trades=each.judged.net.size,
            mean_r=each.verdict_on.mean,
            days=each.daily.size,
            sharpe=each.track.sharpe if each.track else 0.0,
        )
        for each in measured
    ]


def _judged_from(terms: str, embargo: int | None) -> str:
    """The terms with the moment from which on trades count: moving that is another try."""
    return hashlib.sha256(f"{terms} {embargo}".encode()).hexdigest() if embargo else terms


def terms_sha256(settings: Settings, lineage: Sequence[CandleLineage]) -> str:
    """On which candles, span and terms rules are played: all that the trades of one depend on."""
    # How many were played tells of which length: the same file makes 15m and 1h candles.
    data = sorted(
        f"{e.coin} {e.timeframe} {e.played} {e.sha256} {e.funding_sha256}" for e in lineage
    )
    terms = [settings.since, settings.until, settings.costs, settings.fills, *data]
    return hashlib.sha256("\n".join(map(str, terms)).encode()).hexdigest()


def inquire(
    result: BacktestResult,
    measured: Sequence[Measured],
    circumstances: Circumstances,
    hold_outs: Sequence[HoldOutUse] = (),
) -> Evidence:
    """What the run proves. `result.hold` must be known."""
    rules = judged(measured, circumstances)
    standards = circumstances.standards
    return Evidence(
        sentence=sentence_of(rules, circumstances.objection),
        alpha=standards.alpha,
        confidence=standards.confidence,
        rules=rules,
        trials=circumstances.trials,
        benchmarks=() if result.hold is None else benchmarks(result.curve, result.hold),
        hold_outs=tuple(hold_outs),
        flags=tuple(flags_of(result, rules)),
        seed=standards.seed,
    )


def sentence_of(rules: Sequence[RuleEvidence], objection: str = "") -> str:
    """The verdict on all rules together."""
    if objection:
        return f"Nothing is proven: {objection.removeprefix('its ')}."
    counted = Counter(each.verdict for each in rules)
    edges = [each.rule for each in rules if each.verdict == "edge"]
    if len(rules) == 1:
        return _SINGLE[rules[0].verdict].format(rule=rules[0].rule)
    rest = []
    if none := counted["no edge"]:
        rest.append(f"{none} {'has' if none == 1 else 'have'} none")
    if unknown := counted["not enough evidence"]:
        rest.append(f"{unknown} {'has' if unknown == 1 else 'have'} too little evidence to tell")
    tail = " and ".join(rest)
    if not edges:
        return f"None of the {len(rules)} rules has a proven edge after costs: {tail}."
    named = ", ".join(edges[:3]) + (f" and {len(edges) - 3} more" if len(edges) > 3 else "")
    some = f"{len(edges)} of {len(rules)} rules {'has' if len(edges) == 1 else 'have'} an edge"
    return f"{some} after costs that luck does not explain: {named}." + (
        f" Of the others, {tail}." if tail else ""
    )


_SINGLE = {
    "edge": "{rule} has an edge after costs that luck does not explain.",
    "no edge": "{rule} has no edge after costs.",
    "not enough evidence": "There is not enough evidence to tell whether {rule} has an edge.",
}


def flags_of(result: BacktestResult, rules: Sequence[RuleEvidence]) -> list[str]:
    """Short warnings about the run."""
    trades = result.performance.trades.trades
    flags = []
    if trades < MANY_TRADES:
        flags.append("1 trade" if trades == 1 else f"{trades} trades")
    if (share := _share_of_best(result)) is not None and share > MOST_FROM_FEW:
        flags.append(f"{share:.0%} of the profit from {FEW_WINNERS} trades".replace("%", " %"))
    if result.synthetic_share:
        share = 100 * result.synthetic_share
        flags.append(f"{share:.0f} % synthetic candles" if share >= 1 else "synthetic candles")
    elif result.proxy_share >= SOME:
        flags.append(f"{100 * result.proxy_share:.0f} % of the candles from another venue")
    three = result.results
    if three.pessimistic <= 0 < three.optimistic:
        flags.append("profit only if prices within a candle came in the better order")
    if rules and all(each.embargo is None for each in rules):
        flags.append("no source has a date: history may have taught the rules")
    if any(stress.flips for each in rules for stress in each.fragility):
        flags.append("some profits flip under stress")
    return flags


def _share_of_best(result: BacktestResult) -> float | None:
    """Which part of the profit the best few trades made; None without a profit or others."""
    nets = sorted((trade.net for trade in result.trades if trade.closed_at), reverse=True)
    if len(nets) <= FEW_WINNERS:
        return None
    total = sum(nets, Decimal(0))
    return float(sum(nets[:FEW_WINNERS], Decimal(0)) / total) if total > 0 else None
