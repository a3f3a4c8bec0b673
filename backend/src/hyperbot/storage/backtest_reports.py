"""The report of a stored backtest, as a page in its folder or elsewhere."""

from __future__ import annotations

from pathlib import Path

from hyperbot.charting.report_page import report_page
from hyperbot.domain.errors import InvalidInput
from hyperbot.storage.backtest_results import REPORT, read_result
from hyperbot.storage.durable_files import write_durably


def write_report(folder: Path, out: Path | None = None) -> Path:
    """Draw the result at `folder` into `out`, or into its own `report.html`; says where it is.

    A report that was there is replaced when the new one is whole. Raises InvalidInput.
    """
    path = folder / REPORT if out is None else out
    stored = read_result(folder)
    try:
        content = report_page(stored).encode()
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        # Its hashes agree, so somebody edited it and made them anew.
        sentence = f"{folder} is not as hyperbot wrote it: run the backtest again"
        raise InvalidInput(sentence) from error
    try:
        write_durably(path, content)
    except OSError as error:
        raise InvalidInput(f"cannot write {path}: {error.strerror or error}") from error
    return path
