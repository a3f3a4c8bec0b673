"""What `hyperbot backtest` prints of a result."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from hyperbot.cli.backtest_verdict import (
    benchmark_line,
    hold_out_lines,
    print_rules,
    print_sentence,
    trials_line,
)
from hyperbot.cli.candle_arguments import write_moment
from hyperbot.cli.terminal import print_table

if TYPE_CHECKING:  # numpy is imported when there is work for it
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from hyperbot.backtesting.evidence import Evidence
    from hyperbot.backtesting.metrics import TradeStats
    from hyperbot.backtesting.report import BacktestResult

SHORT_HASH = 12
ALL_KNOWN = 0.999
SPARK_WIDTH = 60
SPARKS = "▁▂▃▄▅▆▇█"
NOTHING = "-"
GROUP_COLUMNS = {
    "trades": "right",
    "win %": "right",
    "mean R": "right",
    "factor": "right",
    "net": "right",
    "fees": "right",
    "funding": "right",
    "slippage": "right",
    "max DD (R)": "right",
}
LEFT_OUT_FIRST = ("slippage", "funding", "factor", "fees", "max DD (R)")


def print_result(result: BacktestResult) -> None:
    """Print the whole result: what was tested, the verdict, the account, rules, coins, doubts."""
    evidence = result.evidence
    for line in (*_head(result), *_terms(result)):
        click.echo(line)
    click.echo()
    if evidence is not None:
        print_sentence(evidence)
        click.echo()
    _print_account(result)
    _print_groups("By rule", "rule", result.performance.by_rule)
    _print_groups("By coin", "coin", result.performance.by_coin)
    if evidence is not None:
        print_rules(evidence)
    _print_refusals(result.refusals)
    click.echo()
    for line in (*_doubts(result), *_honesty(evidence)):
        click.echo(line)


def _honesty(evidence: Evidence | None) -> Iterator[str]:
    if evidence is None:
        return
    if evidence.trials is not None:
        yield trials_line(evidence.trials, evidence)
    yield from hold_out_lines(evidence)


def _head(result: BacktestResult) -> Iterator[str]:
    settings = result.settings
    span = f"{write_moment(settings.since)} to {write_moment(settings.until)} UTC"
    coins = ", ".join(settings.coins)
    yield click.style(f"Backtest of {span}", bold=True)
    rules = ", ".join(f"{rule.id} v{rule.version}" for rule in settings.rules)
    yield f"coins    {coins}"
    yield f"rules    {rules}"
    gaps = sum(each.gaps for each in result.lineage)
    played = sum(each.played for each in result.lineage)
    proxies = f"{_percent(result.proxy_share, 0)} proxy (not from Hyperliquid)"
    origin = proxies if result.proxy_share else "all from Hyperliquid"
    yield (
        f"data     {played:,} candles played, {result.candles:,} read, {gaps:,} gaps, sha256"
        f" {result.data_sha256[:SHORT_HASH]}, {origin}"
    )
    if result.synthetic_share:
        share = _percent(result.synthetic_share, 0)
        warning = f"         {share} SYNTHETIC: invented candles, no market ever traded them"
        yield click.style(warning, fg="yellow")


def _terms(result: BacktestResult) -> Iterator[str]:
    """What was charged, and what about it is a guess."""
    costs = result.settings.costs
    if not (costs.taker or costs.maker or costs.half_spread):
        yield click.style("costs    NONE: for cross-checks, never for a verdict", fg="yellow")
        return
    candles = sum(each.candles for each in result.lineage)
    known = sum(each.candles * each.funding_share for each in result.lineage) / max(candles, 1)
    rest = "" if known > ALL_KNOWN else ", else the neutral 0.00125 % an hour"
    yield (
        f"costs    fees {_rate(costs.taker)} taker, {_rate(costs.maker)} maker; slippage by spread,"
        f" ATR and size; funding known {_percent(known, 0)} of the time{rest}"
    )
    if guessed := [each.coin for each in result.lineage if each.has_assumed_rules]:
        yield f"         lot and leverage of {', '.join(guessed)} are assumed"


def _rate(share: Decimal) -> str:
    return f"{(100 * share).normalize():f} %"


def _print_account(result: BacktestResult) -> None:
    account = result.performance.account
    every = result.performance.trades
    change = _signed_percent(account.total_return)
    tone = "green" if account.end >= account.start else "red"
    click.echo(
        f"Account  {account.start:,.2f} -> {account.end:,.2f}  {click.style(change, fg=tone)}"
        f"  in {account.days:,.0f} days"
    )
    click.echo(f"         {sparkline(result.curve.equity.tolist())}")
    fall = account.max_drawdown
    if fall is None:
        click.echo("         never below its peak")
    else:
        end = "recovered" if fall.recovered_at else "not recovered"
        click.echo(
            f"         max drawdown {_percent(fall.share)} ({fall.amount:,.2f}), {fall.days:,.1f}"
            f" days from {write_moment(fall.peak_at)}, {end}"
        )
    click.echo(
        f"         Sharpe {_ratio(account.sharpe)}, Sortino {_ratio(account.sortino)},"
        f" Calmar {_ratio(account.calmar)}, CAGR {_signed_percent(account.cagr)}"
    )
    click.echo(
        f"         in the market {_percent(every.time_in_market)} of the time, exposure"
        f" {_ratio(account.mean_exposure)} x equity, turnover {_ratio(every.turnover)} x a year"
    )
    if result.evidence is not None and (line := benchmark_line(result.evidence)):
        click.echo(line)
    if every.pending:
        trades = "1 trade is" if every.pending == 1 else f"{every.pending} trades are"
        click.echo(
            f"         {trades} still open, {result.ledger.unrealised:+,.2f} at the last close: in"
            " the account, not in the tables"
        )
    click.echo()


def _print_groups(title: str, name: str, groups: Mapping[str, TradeStats]) -> None:
    rows = [[each, *_group_row(stats)] for each, stats in groups.items()]
    print_table(title, {name: "left", **GROUP_COLUMNS}, rows, LEFT_OUT_FIRST)
    click.echo()


def _group_row(stats: TradeStats) -> list[str]:
    pending = f" +{stats.pending} open" if stats.pending else ""
    costs = stats.costs
    return [
        f"{stats.trades:,}{pending}",
        NOTHING if stats.win_rate is None else f"{100 * stats.win_rate:.1f}",
        _signed(stats.expectancy_r),
        _ratio(stats.profit_factor),
        _money(stats.net),
        f"{costs.fees:,.2f}",
        f"{costs.funding:,.2f}",
        f"{costs.slippage:,.2f}",
        f"{stats.max_drawdown_r:.1f}",
    ]


def _print_refusals(refusals: Mapping[str, int]) -> None:
    if not refusals:
        click.echo("No signal was refused or missed.")
        return
    rows = [[reason, f"{count:,}"] for reason, count in refusals.items()]
    print_table("Signals not traded", {"reason": "left", "signals": "right"}, rows)


def _doubts(result: BacktestResult) -> Iterator[str]:
    three = result.results
    count = three.doubtful_candles
    candles = "1 candle" if count == 1 else f"{count:,} candles"
    told = (
        f"Doubt    in {candles} the order of prices mattered: net"
        f" {three.pessimistic:+,.2f} pessimistic, {three.optimistic:+,.2f} optimistic"
    )
    if three.resolved is not None:
        known = sum(e.candles * e.finer_share for e in result.lineage) / max(result.candles, 1)
        told += f", {three.resolved:+,.2f} by finer candles ({_percent(known, 0)} of the time)"
    yield told


def sparkline(values: Sequence[float], width: int = SPARK_WIDTH) -> str:
    """`values` as at most `width` bars, each the last value of its stretch."""
    if not values:
        return ""
    count = min(width, len(values))
    shown = [values[(place + 1) * len(values) // count - 1] for place in range(count)]
    low, high = min(shown), max(shown)
    if high == low:
        return SPARKS[0] * count
    top = len(SPARKS) - 1
    return "".join(SPARKS[round((value - low) / (high - low) * top)] for value in shown)


def _percent(share: float, decimals: int = 1) -> str:
    return f"{100 * share:.{decimals}f} %"


def _signed_percent(share: float | None) -> str:
    return NOTHING if share is None else f"{100 * share:+,.1f} %"


def _ratio(value: float | None) -> str:
    return NOTHING if value is None else f"{value:,.2f}"


def _money(value: float) -> str:
    return f"{value:+,.2f}" if round(value, 2) else "0.00"


def _signed(value: float | None) -> str:
    return NOTHING if value is None else f"{value:+.2f}"
