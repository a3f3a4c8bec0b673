"""How far a sweep is: backtests done, how many a second, and how long it will take."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hyperbot.backtesting.sweep import Chunk


class SweepProgress:
    """A bar on standard error while it is a terminal; otherwise nothing."""

    def __init__(self, backtests: int) -> None:
        self._bars = None
        self.finished = 0
        """backtests whose chunks are done, in this run or before"""
        if sys.stderr.isatty():
            from rich.console import Console  # noqa: PLC0415 - a tenth of a second to import
            from rich.progress import (  # noqa: PLC0415
                BarColumn,
                MofNCompleteColumn,
                Progress,
                TextColumn,
                TimeRemainingColumn,
            )

            rate = TextColumn("{task.fields[rate]}")
            columns = ("sweeping", BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn())
            self._bars = Progress(*columns, console=Console(stderr=True), transient=True)
            self._task = self._bars.add_task("", total=backtests, rate="")

    def __enter__(self) -> SweepProgress:
        if self._bars is not None:
            self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def tell(self, chunk: Chunk, was_there: bool) -> None:
        """Count a finished chunk."""
        self.finished += len(chunk.variants)
        if self._bars is None:
            return
        task = self._bars.tasks[0]
        rate = f"{task.speed:,.0f}/s" if task.speed else ""
        self._bars.update(self._task, completed=self.finished, rate=rate)
