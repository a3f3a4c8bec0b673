"""Run by a Python that has nautilus_trader: prints its version and the seconds that bars take.

`python nautilus_bars.py candles.npz`; bars are built before, no strategy, no order.
"""

import sys
import time

import numpy as np
from nautilus_trader import __version__
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig
from nautilus_trader.model.currencies import USDT
from nautilus_trader.model.data import Bar, BarType
from nautilus_trader.model.enums import AccountType, OmsType
from nautilus_trader.model.identifiers import Venue
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.test_kit.providers import TestInstrumentProvider
from nautilus_trader.trading.strategy import Strategy

ROUNDS = 3


class Listener(Strategy):
    """Hears every bar and does nothing."""

    bar_type: BarType

    def on_start(self) -> None:
        self.subscribe_bars(self.bar_type)

    def on_bar(self, bar: Bar) -> None:
        pass


def main() -> None:
    """The least of a few rounds."""
    with np.load(sys.argv[1]) as given:
        times, columns = given["ts"], given["columns"]
    instrument = TestInstrumentProvider.btcusdt_perp_binance()
    bar_type = BarType.from_str(f"{instrument.id}-1-MINUTE-LAST-EXTERNAL")
    bars = []
    for ts, row in zip((times + 60_000).tolist(), columns.T.tolist(), strict=True):
        prices = (Price(each, instrument.price_precision) for each in row[:4])
        volume = Quantity(row[4], instrument.size_precision)
        bars.append(Bar(bar_type, *prices, volume, ts * 1_000_000, ts * 1_000_000))
    print(__version__, min(_seconds(instrument, bar_type, bars) for _ in range(ROUNDS)))


def _seconds(instrument: object, bar_type: BarType, bars: list[Bar]) -> float:
    engine = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True)))
    engine.add_venue(
        venue=Venue("BINANCE"),
        oms_type=OmsType.NETTING,
        account_type=AccountType.MARGIN,
        base_currency=USDT,
        starting_balances=[Money(1_000_000, USDT)],
    )
    engine.add_instrument(instrument)
    engine.add_data(bars)
    listener = Listener()
    listener.bar_type = bar_type
    engine.add_strategy(listener)
    began = time.process_time()
    engine.run()
    seconds = time.process_time() - began
    engine.dispose()
    return seconds


if __name__ == "__main__":
    main()
