"""`hyperbot backtest`: play rules, or given signals, over the past."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hyperbot.cli.backtest_market import MarketChoice
from hyperbot.cli.play_options import MARKET, RULES, TERMS, options
from hyperbot.cli.terminal import AliasedOption, print_json
from hyperbot.domain.errors import InvalidInput

if TYPE_CHECKING:  # numpy and numba are imported when there is work for them
    from hyperbot.backtesting.report import BacktestResult

EPILOG = """\b
Examples:
  hyperbot backtest --candles candles/ --coins BTC,ETH --out first-result
  hyperbot backtest --rules my-rules.yaml --from 2025-01-01 --to 2025-07-01 --finer 1m
  hyperbot backtest --signals signals.csv --candles BTC-5m.parquet --no-costs"""

LEAST_EQUITY, MOST_EQUITY = Decimal(10), Decimal(10) ** 12


@click.command(epilog=EPILOG)
@options(RULES)
@click.option(
    "--signals",
    type=click.Path(path_type=Path),
    metavar="FILE.csv",
    help="Given signals (ts,direction,stop,target and optionally size) in place of rules.",
)
@options(MARKET)
@click.option(
    "--timeframe",
    "--interval",
    "timeframe",
    cls=AliasedOption,
    metavar="5m",
    help="With --signals: the candles they stand on, if there are several.",
)
@click.option("--equity", default="10000", show_default=True, help="Money at the begin, in USDC.")
@click.option("--finer", metavar="1m", help="Resolve doubtful candles by finer ones.")
@options(TERMS)
@click.option(
    "--margin",
    type=click.Choice(["isolated", "cross"]),
    default="isolated",
    show_default=True,
    help="Collateral of each position, or of the account.",
)
@click.option(
    "--open-hold-out",
    "opens_hold_out",
    is_flag=True,
    help="Take the one look at what is kept back of these coins: it is logged, and spent.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder for the report, trades, equity and summary.",
)
@click.option("--overwrite", is_flag=True, help="Replace an earlier result in --out.")
@click.option("--json", "is_json", is_flag=True, help="Print the summary as JSON.")
def backtest(**given: Any) -> None:  # noqa: ANN401 - as click gives it
    """Play rules over the past: one account, all coins, all costs.

    Every rule of the playbook is scored at every close; what it would have traded is sized,
    checked, filled, charged and closed as on the exchange. The result says what it is worth.
    """
    asked = Asked(**given)
    asked.check()
    result = asked.result()
    page = None if asked.out is None else _written(result, asked.out, overwrite=asked.overwrite)
    if asked.is_json:
        from hyperbot.backtesting.summary import summary_document  # noqa: PLC0415 - only for JSON

        print_json(summary_document(result))
        return
    from hyperbot.cli.backtest_summary import print_result  # noqa: PLC0415 - only to print

    print_result(result)
    if page is not None:
        click.echo(f"\nWritten to {asked.out}.")
        if drawing := _drawing(asked, result):
            click.echo(f"Chart    {drawing}")
        click.echo(f"Report   {page}")


def _written(result: BacktestResult, folder: Path, *, overwrite: bool) -> Path:
    """Write the result and its report; the path of the report."""
    from hyperbot.backtesting.uncollected import uncollected  # noqa: PLC0415 - only to write
    from hyperbot.storage.backtest_reports import write_report  # noqa: PLC0415 - only to write
    from hyperbot.storage.backtest_results import write_result  # noqa: PLC0415 - pyarrow

    with uncollected():  # among so many trades and signals, looking for cycles takes a second
        write_result(result, folder, overwrite=overwrite)
        return write_report(folder)


def _drawing(asked: Asked, result: BacktestResult) -> str:
    """The command that draws the trades of the first coin; empty where its file is not known."""
    first = result.lineage[0]
    candles = f"--venue {first.venue} --coin {first.coin} --timeframe {first.timeframe}"
    if asked.candles is not None:
        name = f"{first.coin}-{first.timeframe}.*"
        files = [asked.candles] if asked.candles.is_file() else sorted(asked.candles.rglob(name))
        if len(files) != 1:
            return ""
        candles = f"--candles {files[0]}"
    return f"hyperbot chart {candles} --trades {asked.out}"


@dataclass(frozen=True, slots=True)
class Asked:
    """The options, as they were written."""

    rule_file: Path | None
    playbook: str | None
    signals: Path | None
    candles: Path | None
    funding: Path | None
    venue: str | None
    coins: str | None
    timeframe: str | None
    since: str | None
    until: str | None
    equity: str
    finer: str | None
    fills: str
    margin: str
    no_costs: bool
    opens_hold_out: bool
    out: Path | None
    overwrite: bool
    is_json: bool

    def check(self) -> None:
        """Refuse what cannot be meant, before any work. Raises InvalidInput."""
        named = {"--rules": self.rule_file, "--playbook": self.playbook, "--signals": self.signals}
        given = [name for name, value in named.items() if value is not None]
        if len(given) > 1:
            raise InvalidInput(
                f"{' and '.join(given)} name different things to play: leave one out"
            )
        if self.opens_hold_out and self.no_costs:
            raise InvalidInput(
                "--open-hold-out with --no-costs would spend the one look on a run that proves"
                " nothing: leave --no-costs out"
            )
        if self.opens_hold_out and self.out is None:
            raise InvalidInput(
                "--open-hold-out takes a look that cannot be taken again: keep what it shows with"
                " --out DIR"
            )
        if self.timeframe is not None and self.signals is None:
            raise InvalidInput("--timeframe belongs to --signals: rules say their own timeframes")
        if self.out is not None:
            from hyperbot.storage.backtest_results import (  # noqa: PLC0415 - pyarrow
                check_result_folder,
            )

            check_result_folder(self.out, overwrite=self.overwrite)

    @property
    def cash(self) -> Decimal:
        """The money at the begin. Raises InvalidInput."""
        try:
            value = Decimal(self.equity)
        except InvalidOperation:
            value = Decimal("NaN")
        if not (value.is_finite() and LEAST_EQUITY <= value <= MOST_EQUITY):
            raise InvalidInput(
                f"--equity {self.equity[:40]!r} must be a number from {LEAST_EQUITY} to "
                f"{MOST_EQUITY:,}"
            )
        return value

    def result(self) -> BacktestResult:
        """Read, scan and play. Raises InvalidInput."""
        from hyperbot.cli.backtest_play import (  # noqa: PLC0415 - only to work
            Account,
            play_rules,
            play_signals,
        )

        choice = MarketChoice(
            candles=self.candles,
            venue=self.venue,
            coins=self.coins,
            since=self.since,
            until=self.until,
            finer=self.finer,
            funding=self.funding,
            timeframe=self.timeframe,
            has_funding=not self.no_costs,
        )
        account = Account(
            cash=self.cash,
            has_costs=not self.no_costs,
            touch_fills=self.fills == "touch",
            is_isolated=self.margin == "isolated",
            opens_hold_out=self.opens_hold_out,
        )
        if self.signals is not None:
            return play_signals(choice, self.signals, account)
        return play_rules(choice, self.rule_file or self.playbook or "default", account)
