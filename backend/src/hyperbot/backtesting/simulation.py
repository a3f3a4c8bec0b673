"""Trades simulated one by one, without an account: for sweeps, significance and single rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hyperbot.backtesting import simulation_kernel, trade_kernel
from hyperbot.domain.costs import CostModel
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import CandleSeries
from hyperbot.domain.signals import EntryKind, PlannedTarget

KINDS: tuple[EntryKind, ...] = ("market", "limit", "stop")
THEN = ("none", "breakeven", "trail")
REASONS = ("pending", "sl", "breakeven", "trail", "time")
"""by code; a code of len(REASONS) + k is the target tp{k+1}"""

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SimulationRules:
    """How a candle is traded, and how trades share a coin."""

    costs: CostModel = field(default_factory=CostModel)
    """`impact` does not count: a trade has no size"""
    touch: bool = False
    """limit orders fill at a touch, not only when traded through"""
    optimistic: bool = False
    """of two orders of events within a candle the better one, not the worse"""
    overlapping: bool = False
    """each setup by itself; otherwise one is skipped while another waits or is open"""

    def flat(self) -> Floats:
        """In the order of the kernel."""
        costs = (self.costs.taker, self.costs.maker, self.costs.half_spread, self.costs.atr_share)
        return np.array([*map(float, costs), self.touch, self.optimistic, self.overlapping])


class SimulatedMarket:
    """Candles of a coin, and what else is known of it. Raises InvalidInput."""

    __slots__ = ("candles", "known")

    def __init__(
        self,
        candles: CandleSeries,
        atr: Floats | None = None,
        funding: Floats | None = None,
        trailing: Floats | None = None,
    ) -> None:
        """What is not given costs nothing and leads nowhere.

        `atr` (n,): known before each row. `funding` (n + 1,): sum of rate * price of all that fell
        due in the rows before; an open trade pays what falls due in a row before anything happens
        in it. `trailing` (2, n): where the stops of longs and of shorts may follow to at each
        close; nan: nowhere.
        """
        rows = len(candles)
        self.candles = candles
        self.known = np.zeros((4, rows + 1))
        self.known[trade_kernel.LONG_TRAIL :] = np.nan
        if atr is not None:
            self.known[trade_kernel.ATR, :-1] = _floats("atr", atr, (rows,))
        if funding is not None:
            self.known[trade_kernel.FUNDING_BEFORE] = _floats("funding", funding, (rows + 1,))
        if trailing is not None:
            self.known[trade_kernel.LONG_TRAIL :, :-1] = _floats("trailing", trailing, (2, rows))
        self.known.setflags(write=False)


class Setups:
    """m trades to open, in order of their signal rows. Raises InvalidInput."""

    __slots__ = ("arrays",)

    def __init__(self, row: ArrayLike, side: ArrayLike, stop: ArrayLike) -> None:
        """At market on the next open, without targets; the methods add to a copy."""
        rows = _whole("row", row)
        count = rows.size
        numbers = np.zeros((6, count), np.int64)
        prices = np.full((3, count), np.nan)
        numbers[trade_kernel.ROW] = rows
        numbers[trade_kernel.SIDE] = _whole("side", side)
        prices[trade_kernel.STOP] = np.asarray(stop, np.float64)
        ladder = np.empty((3, count, 0))
        self.arrays = trade_kernel.Setups(numbers, prices, ladder)
        _refuse(np.diff(rows, prepend=0) < 0, "rows must ascend and not be negative")
        _refuse(np.abs(numbers[trade_kernel.SIDE]) != 1, "side must be +1 or -1")
        _refuse(~(prices[trade_kernel.STOP] > 0), "a stop must be a positive price")

    def __len__(self) -> int:
        return int(self.arrays.numbers.shape[1])

    def waiting(self, kind: ArrayLike, price: ArrayLike, last_row: ArrayLike) -> Setups:
        """With entries of a kind (0 market, 1 limit, 2 stop) at a price, valid to a last row."""
        numbers, prices = self.arrays.numbers.copy(), self.arrays.prices.copy()
        numbers[trade_kernel.KIND] = _whole("kind", kind)
        numbers[trade_kernel.VALID] = _whole("last_row", last_row)
        prices[trade_kernel.PRICE] = np.asarray(price, np.float64)
        kinds = numbers[trade_kernel.KIND]
        _refuse((kinds < 0) | (kinds >= len(KINDS)), "kind must be 0 market, 1 limit or 2 stop")
        waits = kinds != trade_kernel.MARKET
        is_price = np.isfinite(prices[trade_kernel.PRICE]) & (prices[trade_kernel.PRICE] > 0)
        _refuse(waits & ~is_price, "a limit or stop entry must have a positive price")
        return self._with(numbers=numbers, prices=prices)

    def closing(
        self, ladder: Sequence[PlannedTarget] | Floats, level: ArrayLike = np.nan
    ) -> Setups:
        """With targets, the same for all or (3, m, T) of R, share, what follows; and a level.

        At `level` (nan: none) all that is left is closed, if it comes before the targets by R.
        """
        prices = self.arrays.prices.copy()
        prices[trade_kernel.LEVEL] = np.asarray(level, np.float64)
        steps = ladder if isinstance(ladder, np.ndarray) else self._repeated(ladder)
        if steps.ndim != 3 or steps.shape[:2] != (3, len(self)):
            raise InvalidInput(f"a ladder of shape {steps.shape} is not (3, {len(self)}, targets)")
        if steps.shape[2] > trade_kernel.MOST_TARGETS:
            raise InvalidInput(
                f"{steps.shape[2]} targets are more than {trade_kernel.MOST_TARGETS}"
            )
        r, share, then = np.ascontiguousarray(steps, np.float64)
        _refuse((r <= 0).any(axis=1), "the R of a target must be positive")
        _refuse((~np.isnan(r) & ~(share > 0)).any(axis=1), "each target must have a share")
        _refuse((share > 0).any(axis=1) & (np.nansum(share, axis=1) > 1 + 1e-9), "shares exceed 1")
        _refuse((r[:, 1:] <= r[:, :-1]).any(axis=1), "the R of targets must ascend")
        _refuse(~np.isin(then, range(len(THEN))).all(axis=1), "then must be 0, 1 or 2")
        return self._with(prices=prices, ladder=np.stack((r, share, then)))

    def held(self, rows: ArrayLike, pause: ArrayLike = 0) -> Setups:
        """Closed on the open so many rows after that of the entry (0: never); then a pause."""
        numbers = self.arrays.numbers.copy()
        numbers[trade_kernel.HELD] = _whole("rows", rows)
        numbers[trade_kernel.PAUSE] = _whole("pause", pause)
        _refuse((numbers[trade_kernel.HELD :] < 0).any(axis=0), "a time stop or pause below 0")
        return self._with(numbers=numbers)

    def _repeated(self, ladder: Sequence[PlannedTarget]) -> Floats:
        steps = [
            (np.nan if each.r is None else float(each.r), float(each.share), THEN.index(each.then))
            for each in ladder
        ]
        one = np.array(steps, np.float64).reshape(len(steps), 3).T
        return np.repeat(one[:, np.newaxis, :], len(self), axis=1)

    def _with(
        self,
        numbers: Integers | None = None,
        prices: Floats | None = None,
        ladder: Floats | None = None,
    ) -> Setups:
        kept, other = self.arrays, object.__new__(Setups)
        other.arrays = trade_kernel.Setups(
            kept.numbers if numbers is None else numbers,
            kept.prices if prices is None else prices,
            kept.ladder if ladder is None else ladder,
        )
        return other


class SimulatedTrades:
    """The trades that were opened, in order of their setups; every column is (trades,).

    Prices are those of fills, slippage in them; `gross_r` so too. `net_r` is `gross_r` less fees
    and funding. A pending trade ends at the number of rows and is valued at the last close.
    `mae_r` <= 0 <= `mfe_r` are as in `excursions`.
    """

    __slots__ = ("_numbers", "_values")

    def __init__(self, fills: trade_kernel.Fills, count: int) -> None:
        self._numbers = fills.numbers[:, :count]
        self._values = fills.values[:, :count]
        for array in (self._numbers, self._values):
            array.setflags(write=False)

    def __len__(self) -> int:
        return int(self._numbers.shape[1])

    def _count(self, row: int) -> Integers:
        counts: Integers = self._numbers[row]
        return counts

    def _value(self, row: int) -> Floats:
        values: Floats = self._values[row]
        return values

    def reasons(self) -> list[str]:
        """In words: pending, sl, breakeven, trail, time, tp1, tp2, ..."""
        first = len(REASONS)
        return [REASONS[c] if c < first else f"tp{c - first + 1}" for c in self.reason.tolist()]

    @property
    def setup(self) -> Integers:
        """Index of the setup."""
        return self._count(trade_kernel.SETUP)

    @property
    def entry_row(self) -> Integers:
        """The row of the entry."""
        return self._count(trade_kernel.ENTRY_ROW)

    @property
    def exit_row(self) -> Integers:
        """The row of the last exit."""
        return self._count(trade_kernel.EXIT_ROW)

    @property
    def reason(self) -> Integers:
        """Code of the last exit's reason; `reasons()` says it in words."""
        return self._count(trade_kernel.REASON)

    @property
    def is_doubtful(self) -> NDArray[np.bool_]:
        """Whether the order of events within a candle decided."""
        return self._count(trade_kernel.DOUBTFUL).astype(np.bool_)

    @property
    def entry_price(self) -> Floats:
        return self._value(trade_kernel.ENTRY)

    @property
    def exit_price(self) -> Floats:
        """Mean over all exits."""
        return self._value(trade_kernel.EXIT)

    @property
    def gross_r(self) -> Floats:
        return self._value(trade_kernel.GROSS)

    @property
    def net_r(self) -> Floats:
        return self._value(trade_kernel.NET)

    @property
    def fees_r(self) -> Floats:
        return self._value(trade_kernel.FEES)

    @property
    def funding_r(self) -> Floats:
        """Paid less received."""
        return self._value(trade_kernel.FUNDING)

    @property
    def slippage_r(self) -> Floats:
        """Part of `gross_r`."""
        return self._value(trade_kernel.SLIPPAGE)

    @property
    def mae_r(self) -> Floats:
        """How far it went against the trade."""
        return self._value(trade_kernel.ADVERSE)

    @property
    def mfe_r(self) -> Floats:
        """How far it went for the trade."""
        return self._value(trade_kernel.FAVOURABLE)


def simulate(
    market: SimulatedMarket, setups: Setups, rules: SimulationRules | None = None
) -> SimulatedTrades:
    """Trade all setups in one compiled pass. Raises InvalidInput."""
    rows, count = len(market.candles), len(setups)
    _refuse(setups.arrays.numbers[trade_kernel.ROW] >= rows, f"there are {rows} candles")
    fills = trade_kernel.Fills(np.empty((5, count), np.int64), np.empty((9, count)))
    trade = np.zeros(trade_kernel.T_FIELDS)
    trade[: trade_kernel.RULES] = (rules or SimulationRules()).flat()
    columns = np.ascontiguousarray(market.candles.columns).view()
    columns.setflags(
        write=False
    )  # a slice was copied: the kernel is compiled for one kind of array
    done = simulation_kernel.run_setups(columns, market.known, setups.arrays, trade, fills)
    return SimulatedTrades(fills, done)


def _floats(name: str, values: ArrayLike, shape: tuple[int, ...]) -> Floats:
    array = np.ascontiguousarray(values, np.float64)
    if array.shape != shape:
        raise InvalidInput(f"{name} has the shape {array.shape} instead of {shape}")
    return array


def _whole(name: str, values: ArrayLike) -> Integers:
    array = np.asarray(values)
    if array.size and array.dtype.kind not in "iu":
        raise InvalidInput(f"{name} holds {array.dtype} values: they must be whole numbers")
    return array.astype(np.int64)


def _refuse(broken: NDArray[np.bool_] | np.bool_, sentence: str) -> None:
    if broken.any():
        raise InvalidInput(f"setup {int(broken.argmax())}: {sentence}")
