"""charting: candles and facts in, one self-contained page out. Pure."""

from hyperbot.charting.chart import (
    ENTRY_TYPES,
    MOST_CANDLES,
    WITHOUT_DIRECTION,
    Provenance,
    chart_page,
)

__all__ = ["ENTRY_TYPES", "MOST_CANDLES", "WITHOUT_DIRECTION", "Provenance", "chart_page"]
