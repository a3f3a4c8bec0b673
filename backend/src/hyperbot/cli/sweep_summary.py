"""A sweep on the terminal: the best variants, and what luck alone would have made of so many."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from hyperbot.backtesting.evidence import MeanR
from hyperbot.backtesting.hold_out import written
from hyperbot.backtesting.sweep_document import (
    TOP,
    SweepResult,
    changes_said,
    fold_means,
    variants_said,
)
from hyperbot.backtesting.sweep_trials import daily
from hyperbot.cli.terminal import print_table
from hyperbot.statistics.sharpe import sharpe_ratio

_VERDICTS = {
    "edge": "The best of them has an edge that so many trials do not explain.",
    "no edge": "Not even the best of them has an edge.",
    "not enough evidence": "There is not enough evidence that even the best has an edge.",
}


def print_sweep(result: SweepResult, out: Path | None, data: str = "") -> None:
    """What was found, the doubts before the figures; `data`: the options that name it."""
    found = result.findings
    coins = len(result.spec["coins"])
    click.echo(
        f"{variants_said(result.tried)}, {result.backtests:,} backtests on {coins} "
        f"{'coin' if coins == 1 else 'coins'}, {written(result.span[0])} to "
        f"{written(result.span[1])} UTC"
    )
    for line in _left_out(result):
        click.echo(line)
    click.echo(f"\n{_VERDICTS[found.verdict]}")
    for reason in (*found.reasons, *result.warnings):
        click.echo(f"  - {reason}")
    click.echo("")
    for line in _honesty(result):
        click.echo(line)
    if found.ranking:
        click.echo("")
        _print_ranking(result)
        click.echo(
            "These figures are of the time that the variants were chosen by; only the walk-forward"
            " ones above are not."
        )
    if out is not None:
        click.echo(f"\nWritten to {out}. {_next_step(result, out, data)}")


def _left_out(result: SweepResult) -> Iterator[str]:
    refused = result.sound.refused
    if refused:
        reason, count = max(refused.items(), key=lambda each: each[1])
        yield f"{sum(refused.values()):,} combinations make no rule; most often: {reason} ({count})"
    if result.sound.repeated:
        yield f"{result.sound.repeated:,} combinations trade as another one does, and were left out"


def _honesty(result: SweepResult) -> Iterator[str]:
    found = result.findings
    record, trials = found.record, found.trials
    yield f"walk-forward, out of sample   {_mean(found.out_of_sample)}"
    yield f"best, on what it was chosen by {_mean(found.in_sample)}"
    yield f"trials ever counted            {trials.variants:,} (ledger {trials.ledger})"
    if record is not None:
        yield (
            f"daily Sharpe of the best       {record.sharpe:.3f}; by luck alone the best of all "
            f"trials shows {record.hurdle:.3f}"
        )
        yield f"deflated Sharpe probability    {100 * record.deflated:.1f} % (wanted: 95 %)"
    yield f"probability of overfitting     {_percent(found.overfitting)}"
    yield f"p-value of the best of many    {_number(found.superior_p)}"
    above = "unknown" if found.superior is None else str(found.superior)
    yield f"variants above 0 (StepM)       {above}"
    yield f"q-value of the best            {_number(found.q_value)}"
    yield from _market(result)
    if not result.hold_outs:
        yield "hold-out                       none: nothing is left to check this on"
    for use in result.hold_outs:
        yield f"hold-out of {use.coin:<19}locked from {written(use.since)} UTC"


def _market(result: SweepResult) -> Iterator[str]:
    null, hold = result.findings.random_entries, result.hold
    if null is None:
        yield "random moments                 unknown: the best hardly trades at them"
    else:
        yield (
            f"random moments                 the same setups make {null.mean:+.3f} R, and are as"
            f" good in {100 * null.p_value:.3g} % of {null.draws} draws"
        )
    if count := result.findings.embargoed:
        yield f"before the embargo             {count:,} trades of walking forward, not counted"
    if hold is not None:
        yield (
            f"holding the coins instead      {100 * hold.total_return:+.1f} % over the span, at"
            f" worst {100 * hold.max_drawdown:.1f} % below its highest"
        )


def _mean(mean: MeanR) -> str:
    if mean.mean is None:
        return "no trades"
    interval = "too few days for an interval"
    if mean.low is not None and mean.high is not None:
        interval = f"95 % between {mean.low:+.3f} and {mean.high:+.3f}"
    return f"mean R {mean.mean:+.3f} of {mean.trades:,} trades ({interval})"


def _percent(value: float | None) -> str:
    return "unknown" if value is None else f"{100 * value:.0f} %"


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"


def _signed(value: float | None) -> str:
    return "-" if value is None else f"{value:+.3f}"


def _print_ranking(result: SweepResult) -> None:
    columns = {
        "rank": "right",
        "rule": "left",
        "varied": "left",
        "trades": "right",
        "mean R": "right",
        "daily Sharpe": "right",
        "mean R of each fold": "left",
    }
    rows = []
    for rank, place in enumerate(result.findings.ranking[:TOP], 1):
        tried = result.tried[place]
        folds = " ".join("-" if r is None else f"{r:+.2f}" for r in fold_means(result, place))
        mean = _signed(tried.mean_r)
        rows.append(
            [
                str(rank),
                tried.variant.rule.id,
                changes_said(tried.variant.changes) or "as it is",
                f"{tried.trades:,}",
                mean,
                _signed(sharpe_ratio(daily(tried.dated, result.span))),
                folds,
            ]
        )
    print_table(
        "Best by the daily Sharpe ratio, in sample",
        columns,
        rows,
        optional=("mean R of each fold",),
    )


def _next_step(result: SweepResult, out: Path, data: str) -> str:
    if result.findings.best is None:
        return "No variant traded."
    best = out / "best.yaml"
    if not result.hold_outs:
        return f"The best one is in {best}: nothing is kept back to test it on."
    if result.findings.verdict != "edge":
        return (
            f"The best one is in {best}. Keep the hold-out locked: the one look at it would be"
            " wasted on what did not stand up even here."
        )
    final = out.with_name(f"{out.name}-final")
    return (
        f"To test the best one, once: hyperbot backtest --rules {best}{data} --open-hold-out"
        f" --out {final}"
    )
