"""Several backtests side by side as one page that needs no network."""

from __future__ import annotations

from collections.abc import Sequence

from hyperbot.charting.page import PageParts, page
from hyperbot.charting.run_comparison import NamedRun, aligned_curves, comparison

COMPARE = PageParts(
    "report/compare.html",
    ("report/base.css", "report/report.css", "report/compare.css"),
    (
        "report/compare_data.js",
        "theme.js",
        "report/report_formats.js",
        "report/svg.js",
        "report/badges.js",
        "report/time_chart.js",
        "report/compare_main.js",
    ),
)


def compare_page(runs: Sequence[NamedRun]) -> str:
    """The page: what differs, verdicts, key numbers, and the curves on one axis of time."""
    document = comparison(runs) | {"curve": aligned_curves(runs)}
    return page(COMPARE, f"{' and '.join(run.name for run in runs)} - hyperbot compare", document)
