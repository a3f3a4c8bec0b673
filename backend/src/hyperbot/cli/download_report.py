"""What a download shows: a bar for each coin on standard error, a table or JSON at the end."""

from __future__ import annotations

from types import TracebackType
from typing import NamedTuple, Self

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn

from hyperbot.cli.candle_arguments import write_moment
from hyperbot.cli.terminal import print_json, print_table
from hyperbot.domain.errors import HyperbotError
from hyperbot.exchange.candle_download import Downloaded
from hyperbot.exchange.candle_source import MOST_CANDLES, Wanted

COLUMNS = {
    "coin": "left",
    "new": "right",
    "candles": "right",
    "first (UTC)": "left",
    "last (UTC)": "left",
    "note": "left",
}
LIMIT_REMARK = (
    "no older ones: Hyperliquid serves only the latest 5000 candles of an interval; "
    "a longer --interval reaches further back."
)


class Outcome(NamedTuple):
    """What became of one coin: candles, or the error that ended it."""

    wanted: Wanted
    downloaded: Downloaded | None
    error: HyperbotError | None


class DownloadProgress:
    """One bar a coin on standard error, when that is a terminal; silent otherwise."""

    def __init__(self, wanted: list[Wanted]) -> None:
        console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[status]}", markup=False),
            console=console,
            disable=not console.is_terminal,
        )
        self._bars = {one.coin: self._bar(one) for one in wanted}
        self._current = wanted[0]

    def _bar(self, wanted: Wanted) -> TaskID:
        total = wanted.until_ms - _begin_ms(wanted)
        return self._progress.add_task(wanted.coin, total=total, status="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def begin(self, wanted: Wanted) -> None:
        """Go on to this coin."""
        self._current = wanted
        self._show(status="asking")

    def waiting(self, why: str) -> None:
        """Say why nothing moves."""
        self._show(status=why)

    def reached(self, done_until_ms: int) -> None:
        """Move the bar to this moment, ms UTC."""
        wanted = self._current
        is_done = done_until_ms >= wanted.until_ms - wanted.timeframe.ms
        done = wanted.until_ms if is_done else done_until_ms
        self._show(status="", completed=max(0, done - _begin_ms(wanted)))

    def failed(self) -> None:
        """Mark the coin as given up."""
        self._show(status="failed")

    def _show(self, status: str, completed: int | None = None) -> None:
        self._progress.update(self._bars[self._current.coin], status=status, completed=completed)


def print_outcomes(outcomes: list[Outcome], network: str, as_json: bool) -> None:
    """The table on standard output, or JSON; a remark on standard error."""
    timeframe = outcomes[0].wanted.timeframe
    if as_json:
        coins = [_as_json(outcome) for outcome in outcomes]
        print_json({"network": network, "timeframe": str(timeframe), "coins": coins})
        return
    rows = [_row(outcome) for outcome in outcomes]
    print_table(f"Hyperliquid {network}, {timeframe} candles", COLUMNS, rows)
    if any(_begins_late(outcome) for outcome in outcomes):
        click.echo(LIMIT_REMARK, err=True)


def _begin_ms(wanted: Wanted) -> int:
    """Where a bar begins: what is older than Hyperliquid keeps takes no time."""
    return max(wanted.since_ms, wanted.until_ms - MOST_CANDLES * wanted.timeframe.ms)


def _row(outcome: Outcome) -> list[str]:
    got = outcome.downloaded
    if got is None:
        return [outcome.wanted.coin, "-", "-", "-", "-", _note(outcome)]
    return [
        got.coin,
        f"{got.new:,}",
        f"{got.rows:,}",
        write_moment(got.first_ms),
        write_moment(got.last_ms),
        _note(outcome),
    ]


def _note(outcome: Outcome) -> str:
    got, wanted = outcome.downloaded, outcome.wanted
    if got is None:
        return "failed"
    if got.first_ms is None or got.last_ms is None:
        return "no candles in this span"
    step = wanted.timeframe.ms
    notes = [] if got.new else ["nothing new"]
    if _begins_late(outcome):
        notes.append("no older ones")
    if missing := (got.last_ms - got.first_ms) // step + 1 - got.rows:
        notes.append(f"{missing:,} missing between")
    return "; ".join(notes)


def _begins_late(outcome: Outcome) -> bool:
    """Whether candles older than the first one were asked for by date, and are not to be had."""
    got, wanted = outcome.downloaded, outcome.wanted
    if got is None or got.first_ms is None or not wanted.since_ms:
        return False
    return got.first_ms >= wanted.since_ms + wanted.timeframe.ms


def _as_json(outcome: Outcome) -> dict[str, object]:
    got = outcome.downloaded
    return {
        "coin": outcome.wanted.coin,
        "new": got.new if got else 0,
        "candles": got.rows if got else 0,
        "first": got.first_ms if got else None,
        "last": got.last_ms if got else None,
        "note": _note(outcome),
        "error": str(outcome.error) if outcome.error else None,
    }
