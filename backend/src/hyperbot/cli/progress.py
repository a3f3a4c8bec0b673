"""How far long work is, as a bar."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[str, float], None]
"""told what is being done, and which share of it is done"""
REFRESH_SECONDS = 0.1


@contextmanager
def shown_progress() -> Iterator[Progress]:
    """A bar on standard error while it is a terminal; otherwise nothing."""
    if not sys.stderr.isatty():
        yield lambda what, share: None
        return
    from rich.console import Console  # noqa: PLC0415 - rich takes a tenth of a second to import
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description:<24}"), BarColumn(), TimeElapsedColumn())
    # Without its own thread: a process is copied while the bar is there.
    bars = Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False)
    task, shown = bars.add_task("", total=1.0), 0.0

    def tell(what: str, share: float) -> None:
        nonlocal shown
        if (now := time.monotonic()) - shown > REFRESH_SECONDS:
            shown = now
            bars.update(task, description=what, completed=share, refresh=True)

    with bars:
        yield tell
