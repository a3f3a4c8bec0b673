"""`hyperbot detect`: facts of every candle into a file, and what was found in a few tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hyperbot.cli.candle_arguments import write_moment
from hyperbot.cli.detection_input import (
    ChosenCandles,
    candle_options,
    check_output,
    detected,
    writing_to,
)
from hyperbot.cli.terminal import print_json, print_table

if TYPE_CHECKING:
    from hyperbot.cli.detection_summary import PatternCount, PhaseShare, Summary

EPILOG = """\b
Examples:
  hyperbot detect --candles BTC-15m.parquet --out BTC-15m-facts.parquet
  hyperbot detect --coin BTC --timeframe 1h --from 2025-01-01 --json"""

_ARROWS = {1: "up", -1: "down", 0: ""}


@click.command(epilog=EPILOG)
@candle_options
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FACTS.parquet",
    help="Write the facts of each candle as Parquet, with the unit and meaning of each column.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def detect(out: Path | None, as_json: bool, **choice: Any) -> None:  # noqa: ANN401 - click gives it
    """Detect patterns, structure, zones and phases, and sum up what was found.

    Candles come from a file, or from the store by --coin and --timeframe. Detection also reads
    what lies before --from.
    """
    from hyperbot.cli.detection_summary import summed_up  # noqa: PLC0415 - numpy

    if out is not None:
        check_output(out, choice["candles"], [".parquet"])
    chosen = ChosenCandles.read(**choice)
    facts = detected(chosen.series)[chosen.first :]
    if out is not None:
        with writing_to(out):
            facts.to_parquet(out)
    summary = summed_up(facts)
    if as_json:
        print_json(_about(chosen) | {"facts": out and str(out)} | asdict(summary))
        return
    _print(chosen, summary)
    if out is not None:
        click.echo(f"{out}: the facts of {len(chosen):,} candles, {len(facts.names)} columns")


def _about(chosen: ChosenCandles) -> dict[str, Any]:
    return {
        "coin": chosen.series.coin,
        "timeframe": str(chosen.series.timeframe),
        "source": chosen.source,
        "synthetic": chosen.is_synthetic,
        "first": int(chosen.series.ts[chosen.first]),
        "last": int(chosen.series.ts[-1]),
    }


def _print(chosen: ChosenCandles, summary: Summary) -> None:
    series = chosen.series
    first, last = (write_moment(int(series.ts[row])) for row in (chosen.first, -1))
    invented = ", SYNTHETIC: invented candles" if chosen.is_synthetic else ""
    click.echo(
        f"{series.coin} {series.timeframe}, {summary.candles:,} candles from {first} to {last} UTC"
        f" ({chosen.source}{invented})\n"
    )
    for title, is_entry in (("Entry types", True), ("Classical patterns", False)):
        counts = [each for each in summary.patterns if each.is_entry is is_entry]
        _table(title, "pattern,long,short,either,per 1000,strength", counts, _pattern_row)
    rows = [[each.name, _count(each.up), _count(each.down)] for each in summary.structure]
    _table("Structure", "found,up,down", rows, list)
    zones = [
        [each.name, _count(each.known), _count(each.first_touched), _count(each.closed_through)]
        for each in summary.zones
    ]
    _table("Zones", "kind,known,first touched,closed through", zones, list)
    title = f"Market cycle ({summary.ranges:,} ranges)"
    _table(title, "phase,direction,of the time,stretches,candles each", summary.phases, _phase_row)


def _table(title: str, headings: str, items: Any, row: Callable[[Any], list[str]]) -> None:  # noqa: ANN401 - as many kinds of rows as tables
    first, *others = headings.split(",")
    columns = {first: "left"} | dict.fromkeys(others, "right")
    print_table(title, columns, [row(item) for item in items])
    click.echo()


def _pattern_row(count: PatternCount) -> list[str]:
    strength = f"{count.mean_strength:.2f}" if count.mean_strength else "-"
    sides = (count.long, count.short, count.either)
    return [count.name, *map(_count, sides), f"{count.per_thousand:.1f}", strength]


def _phase_row(share: PhaseShare) -> list[str]:
    return [
        share.phase,
        _ARROWS[share.direction],
        f"{share.share:.1%}",
        _count(share.stretches),
        f"{share.mean_candles:.1f}",
    ]


def _count(number: int) -> str:
    return f"{number:,}" if number else "-"
