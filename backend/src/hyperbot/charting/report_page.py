"""The report of a backtest as one page that needs no network."""

from __future__ import annotations

from hyperbot.charting.page import PageParts, page
from hyperbot.charting.report_document import report_document
from hyperbot.charting.stored_run import StoredRun

REPORT = PageParts(
    "report/report.html",
    ("report/base.css", "report/report.css"),
    (
        "report/report_data.js",
        "theme.js",
        "shapes.js",
        "report/report_formats.js",
        "report/svg.js",
        "report/badges.js",
        "report/filters.js",
        "report/headline.js",
        "report/time_chart.js",
        "report/equity_chart.js",
        "report/equity.js",
        "report/rule_table.js",
        "report/distributions.js",
        "report/heatmaps.js",
        "report/trade_list.js",
        "report/trade_chart.js",
        "report/trade_detail.js",
        "report/robustness.js",
        "report/null_and_order.js",
        "report/lineage.js",
        "report/report_main.js",
    ),
)


def report_page(stored: StoredRun) -> str:
    """The page of a stored result: a pure function of it."""
    document = report_document(stored)
    return page(REPORT, f"{document['title']} - hyperbot backtest", document)
