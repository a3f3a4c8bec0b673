"""What `hyperbot backtest` prints of the evidence: the verdict, each rule alone, and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from hyperbot.cli.terminal import print_table

if TYPE_CHECKING:  # numpy is imported when there is work for it
    from collections.abc import Sequence

    from hyperbot.backtesting.evidence import Evidence, MeanR, RuleEvidence, TrialsSoFar

NOTHING = "-"
COLUMNS = {
    "rule": "left",
    "verdict": "left",
    "trades": "right",
    "mean R": "right",
    "95 % interval": "right",
    "by luck": "right",
    "at random": "right",
    "above all trials": "right",
    "max DD (R)": "right",
}
LEFT_OUT_FIRST = ("max DD (R)", "above all trials", "at random", "by luck")
TINY = 0.0005


def print_sentence(evidence: Evidence) -> None:
    """Print the verdict on the whole run, which comes first."""
    has_edge = any(each.verdict == "edge" for each in evidence.rules)
    click.echo(click.style(evidence.sentence, bold=True, fg="green" if has_edge else None))
    if evidence.flags:
        click.echo(click.style("; ".join(evidence.flags), fg="yellow"))


def print_rules(evidence: Evidence) -> None:
    """Print how each rule did with room for all its trades, and the verdict with its reasons."""
    rows = [_row(each) for each in evidence.rules]
    print_table(_title(evidence.rules), COLUMNS, rows, LEFT_OUT_FIRST)
    click.echo()
    for line in _why(evidence.rules):
        click.echo(line)
    click.echo()


def _title(rules: Sequence[RuleEvidence]) -> str:
    dated = {each.embargo for each in rules if each.out_of_sample is not None}
    title = "Each rule alone, with room for all its trades"
    if not dated:
        return title
    since = f" {_day(max(filter(None, dated)))}" if len(dated) == 1 else " its own date"
    return f"{title}: only those from{since} on can prove something and are told here"


def _day(moment: int) -> str:
    return datetime.fromtimestamp(moment / 1000, UTC).strftime("%Y-%m-%d")


def trials_line(trials: TrialsSoFar, evidence: Evidence) -> str:
    """How often luck was given a chance."""
    since = _day(trials.since)
    count = "1 variant" if trials.variants == 1 else f"{trials.variants:,} variants"
    hurdles = [each.track.hurdle for each in evidence.rules if each.track]
    luck = (
        f"; the best by luck alone would show a daily Sharpe of {max(hurdles):.2f}"
        if hurdles
        else ""
    )
    return f"Trials   {count} tried since {since} (ledger {trials.ledger}){luck}"


def benchmark_line(evidence: Evidence) -> str:
    """What the money would have made without rules; empty if that is not known."""
    told = [
        f"{each.name} {100 * each.total_return:+.1f} %"
        + (f" (max drawdown {100 * each.max_drawdown:.1f} %)" if each.max_drawdown else "")
        for each in evidence.benchmarks
    ]
    return f"         instead: {', '.join(told)}" if told else ""


def hold_out_lines(evidence: Evidence) -> Iterator[str]:
    """What is kept back, and what was looked at."""
    for each in evidence.hold_outs:
        since = _day(each.since)
        use = f"opened for {each.opened_for}" if each.opened_for else "locked, not played"
        yield f"Hold-out {each.coin} from {since}: {use}"


def _row(rule: RuleEvidence) -> list[str]:
    mean = rule.out_of_sample or rule.all_trades
    null, track = rule.random_entries, rule.track
    return [
        rule.rule,
        rule.verdict,
        f"{mean.trades:,}",
        _signed(mean.mean),
        _interval(mean),
        NOTHING if rule.q_value is None else _share(rule.q_value),
        NOTHING if null is None else _signed(null.mean),
        NOTHING if track is None else _share(track.deflated),
        NOTHING if rule.max_drawdown_r is None else f"{rule.max_drawdown_r:.1f}",
    ]


def _why(rules: Sequence[RuleEvidence]) -> Iterator[str]:
    width = max((len(each.rule) for each in rules), default=0)
    for each in rules:
        shown = {"edge": len(each.reasons), "no edge": 1}.get(each.verdict, 2)
        for place, reason in enumerate(each.reasons[:shown]):
            name = each.rule if place == 0 else ""
            yield f"{name:<{width}}  {reason}"


def _interval(mean: MeanR) -> str:
    if mean.low is None or mean.high is None:
        return NOTHING
    return f"{mean.low:+.2f} to {mean.high:+.2f}"


def _signed(value: float | None) -> str:
    return NOTHING if value is None else f"{value:+.2f}"


def _share(value: float) -> str:
    if 0 < value < TINY:
        return "<0.1 %"
    return f"{100 * value:.1f} %"
