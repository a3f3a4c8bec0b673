"""charting: candles and facts in, one self-contained page out. Pure."""

from hyperbot.charting.chart import (
    ENTRY_TYPES,
    MOST_CANDLES,
    WITHOUT_DIRECTION,
    Provenance,
    chart_page,
)
from hyperbot.charting.trade_layers import DrawnExit, DrawnTrade, trades_within

__all__ = [
    "ENTRY_TYPES",
    "MOST_CANDLES",
    "WITHOUT_DIRECTION",
    "DrawnExit",
    "DrawnTrade",
    "Provenance",
    "chart_page",
    "trades_within",
]
