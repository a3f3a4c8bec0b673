"""`hyperbot chart`: candles and what was detected on them, as one page to look at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hyperbot.cli.chart_trades import drawn_trades, note_of
from hyperbot.cli.detection_input import (
    ChosenCandles,
    candle_options,
    check_output,
    detected,
    writing_to,
)
from hyperbot.cli.page_opening import open_page
from hyperbot.domain.errors import InvalidInput

if TYPE_CHECKING:  # numpy is imported when there is work for it
    from hyperbot.charting import DrawnTrade

EPILOG = """\b
Examples:
  hyperbot chart --candles BTC-15m.parquet --from 2025-07-01 --to 2025-07-15 --open
  hyperbot chart --coin ETH --timeframe 1h --out eth.html
  hyperbot chart --coin BTC --timeframe 15m --trades runs/first --open"""


@click.command(epilog=EPILOG)
@candle_options
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("chart.html"),
    show_default=True,
    help="The page to write.",
)
@click.option(
    "--trades",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Draw the trades of a backtest too: its folder.",
)
@click.option("--open", "is_opened", is_flag=True, help="Then show it in the browser.")
def chart(
    out: Path,
    trades: Path | None,
    is_opened: bool,
    **choice: Any,  # noqa: ANN401 - as click gives it
) -> None:
    """Draw candles and what was detected on them as one interactive page.

    The page needs no network. Candles come from a file, or from the store by --coin and
    --timeframe. Detection also reads what lies before --from, so that each candle shows what was
    known at its close.
    """
    from hyperbot.storage.backtest_results import read_result  # noqa: PLC0415 - only to work
    from hyperbot.storage.durable_files import write_durably  # noqa: PLC0415

    check_output(out, choice["candles"], [".html", ".htm"])
    stored = None if trades is None else read_result(trades)
    chosen = ChosenCandles.read(**choice)
    first, note = _first_drawn(chosen, is_span_chosen=bool(choice["since"] or choice["until"]))
    drawn = None if stored is None else drawn_trades(stored, chosen.series.coin)
    if drawn is not None and trades is not None:
        told = note_of(drawn, chosen.series, first, trades)
        note = f"{note}; {told}" if note else told
    content = _page(chosen, first, note, drawn).encode()
    with writing_to(out):
        write_durably(out, content)
    candles = f"{len(chosen.series) - first:,} candles of {chosen.series.coin}"
    size = f"{len(content) / 1e6:.1f} MB"
    click.echo(f"{out}: {candles} {chosen.series.timeframe}, {size}{'; ' if note else ''}{note}")
    if is_opened:
        open_page(out)


def _first_drawn(chosen: ChosenCandles, *, is_span_chosen: bool) -> tuple[int, str]:
    """The first row to draw, and a note if that is not what was asked for."""
    from hyperbot.charting import MOST_CANDLES  # noqa: PLC0415 - numpy

    if len(chosen) <= MOST_CANDLES:
        return chosen.first, ""
    if is_span_chosen:
        raise InvalidInput(
            f"that span has {len(chosen):,} candles and a chart draws at most {MOST_CANDLES:,}: "
            "choose a shorter one with --from and --to"
        )
    return len(chosen.series) - MOST_CANDLES, f"only the last {MOST_CANDLES:,} of {len(chosen):,}"


def _page(chosen: ChosenCandles, first: int, note: str, trades: list[DrawnTrade] | None) -> str:
    from hyperbot.charting import Provenance, chart_page  # noqa: PLC0415 - numpy

    facts = detected(chosen.series)
    provenance = Provenance(chosen.source, chosen.is_synthetic, note)
    return chart_page(chosen.series, facts, provenance, first=first, trades=trades)
