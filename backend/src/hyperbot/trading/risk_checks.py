"""The checks that every entry must pass, in the order in which they are reported.

Each gives a result for any case: one whose numbers mean nothing, because a check before it failed,
fails as well or passes, but never raises. Sentences are constants: they are put together with
their numbers only when somebody reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import overload

from hyperbot.domain.actions import Check
from hyperbot.domain.instruments import MINIMUM_NOTIONAL, Instrument
from hyperbot.domain.money import ZERO, exact
from hyperbot.domain.signals import Signal
from hyperbot.trading.price_sanity import is_finite, price_sanity
from hyperbot.trading.situation import Situation
from hyperbot.trading.sizing import OrderPrices, Sizer, Sizing, order_prices

_INFINITE = Decimal("Infinity")
_NO_PRICES = OrderPrices(ZERO, ZERO)


class Review(Sequence[Check]):
    """All checks of a signal, each made when it is looked at.

    Judging needs only the first that fails. The rest is for people, and can be made at any time:
    the situation is a value that never changes.
    """

    __slots__ = (
        "_instrument",
        "_prices",
        "_sanity",
        "_sizer",
        "_sizing",
        "is_finite",
        "limits",
        "signal",
        "situation",
    )

    def __init__(
        self, signal: Signal, situation: Situation, sizer: Sizer, instrument: Instrument | None
    ) -> None:
        self.signal = signal
        self.situation = situation
        self.limits = sizer.limits
        self._sizer = sizer
        self._instrument = instrument
        self._sanity: Check | None = None
        self._sizing: Sizing | None = None
        self._prices: OrderPrices | None = None
        self.is_finite = is_finite(signal)
        """whether all its numbers can be calculated with"""

    @property
    def sanity(self) -> Check:
        """Whether entry, stop and targets can be a trade at all."""
        if self._sanity is None:
            if self._instrument is not None and self.is_finite:
                self._prices = order_prices(self.signal, self._instrument)
            self._sanity = price_sanity(self.signal, self._prices, self.situation, self.limits)
        return self._sanity

    @property
    def sizing(self) -> Sizing:
        """The position as planned; of size 0 if its prices are no trade."""
        if self._sizing is None:
            is_sane, prices = self.sanity.passed, self._prices
            self._sizing = Sizing(prices or _NO_PRICES)
            if is_sane and prices is not None and self._instrument is not None:
                self._sizing = self._sizer.size_up(
                    self.signal, prices, self._instrument, self.situation
                )
        return self._sizing

    @property
    def cost_share(self) -> Decimal | None:
        """What costs take of the distance to the stop; None if its prices are no trade."""
        if not self.sanity.passed or self._prices is None:
            return None
        return self._sizer.cost_share(self.signal, self._prices)

    @property
    def market_room(self) -> Decimal:
        """The largest size that the market takes; 0 if its prices are no trade."""
        if not self.sanity.passed or self._prices is None or self._instrument is None:
            return ZERO
        return self._sizer.market_room(self.signal, self._prices, self._instrument)

    def first_failed(self) -> str:
        """The name of the first check that fails; empty if none does."""
        for check in CHECKS:
            made = check(self)
            if not made.passed:
                return made.name
        return ""

    def __len__(self) -> int:
        return len(CHECKS)

    @overload
    def __getitem__(self, place: int) -> Check: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Check, ...]: ...
    def __getitem__(self, place: int | slice) -> Check | tuple[Check, ...]:
        if isinstance(place, slice):
            return tuple(self)[place]
        return CHECKS[place](self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]  # equal by content, so not a key


def _halted(case: Review) -> Check:
    halt = case.situation.halt
    return Check("halted", not halt, halt or "not halted", "not halted", "trading must be")


def _stale_data(case: Review) -> Check:
    newest, at = case.situation.newest, case.situation.at
    limit = case.limits.stale_after_ms
    sentence = "age of signal and newest candle in ms, at most"
    if newest is None:
        return Check("stale_data", False, "no candle", Decimal(limit), sentence)
    age = at - min(newest.at, case.signal.at)
    return Check("stale_data", age <= limit, Decimal(age), Decimal(limit), sentence)


def _market_conditions(case: Review) -> Check:
    newest, limit = case.situation.newest, case.limits.most_atr_percent
    if newest is None or not _has_traded(
        newest.candle.volume, newest.candle.high, newest.candle.low
    ):
        sentence = "trades in the newest candle must be"
        return Check("market_conditions", False, "missing", "there", sentence)
    sentence = "average true range in percent of the price, at most"
    if not case.is_finite:
        return Check("market_conditions", False, "unknown", limit, sentence)
    percent = 100 * case.signal.liquidity.atr / exact(newest.candle.close)
    return Check("market_conditions", ZERO <= percent <= limit, percent, limit, sentence)


def _has_traded(volume: float, high: float, low: float) -> bool:
    return volume > 0 or high > low


def _price_sanity(case: Review) -> Check:
    return case.sanity


def _coin_free(case: Review) -> Check:
    is_free = case.situation.is_coin_free
    sentence = "the coin must have no position and no waiting entry, it must be"
    return Check("coin_free", is_free, "free" if is_free else "taken", "free", sentence)


def _rule_concurrency(case: Review) -> Check:
    count, most = case.situation.rule_trades, case.signal.plan.max_concurrent
    sentence = "trades of the rule that are open, below"
    return Check("rule_concurrency", count < most, Decimal(count), Decimal(most), sentence)


def _cooldown(case: Review) -> Check:
    at, cooled_at = case.situation.at, case.situation.cooled_at
    sentence = "time in ms after the last trade of the rule in the coin, not before"
    return Check("cooldown", at >= cooled_at, Decimal(at), Decimal(cooled_at), sentence)


def _max_positions(case: Review) -> Check:
    count, most = case.situation.engagements, case.limits.max_positions
    sentence = "positions and waiting entries, below"
    return Check("max_positions", count < most, Decimal(count), Decimal(most), sentence)


def _daily_loss(case: Review) -> Check:
    loss, limit = case.situation.day_loss_percent, case.limits.daily_loss_percent
    return Check("daily_loss", loss < limit, loss, limit, "loss of the day in percent, below")


def _costs(case: Review) -> Check:
    share, most = case.cost_share, case.limits.most_cost_share
    sentence = "fees and slippage of entry and stop as a share of the distance to the stop, at most"
    if share is None:
        return Check("costs", False, "unknown", most, sentence)
    return Check("costs", share <= most, share, most, sentence)


def _risk(case: Review) -> Check:
    asked, most = case.signal.plan.risk_percent, case.limits.max_risk_percent
    if not (asked.is_finite() and ZERO < asked <= most):
        return Check("risk", False, asked, most, "risk of the rule in percent of equity, at most")
    loss, allowed = case.sizing.loss, case.sizing.allowed_loss
    sentence = "loss at the stop with costs in quote units, at most"
    return Check("risk", loss <= allowed, loss, allowed, sentence)


def _size(case: Review) -> Check:
    size = case.sizing.size
    return Check("size", size > 0, size, ZERO, "size in coins, above")


def _market_size(case: Review) -> Check:
    size, room = case.sizing.size, case.market_room
    sentence = "size in coins that the usual volume of a candle and one order allow, at most"
    return Check("market_size", room > ZERO and size <= room, size, room, sentence)


def _minimum_notional(case: Review) -> Check:
    value = case.sizing.size * case.sizing.prices.entry
    sentence = "value of the order in quote units, at least"
    return Check("minimum_notional", value >= MINIMUM_NOTIONAL, value, MINIMUM_NOTIONAL, sentence)


def _leverage(case: Review) -> Check:
    leverage = case.sizing.leverage
    sentence = "highest leverage with the liquidation beyond the stop, at least"
    return Check("leverage", leverage >= 1, Decimal(leverage), Decimal(1), sentence)


def _margin(case: Review) -> Check:
    margin, free = case.sizing.margin, case.situation.free_cash
    return Check("margin", margin <= free, margin, free, "collateral and fee, at most")


def _liquidation(case: Review) -> Check:
    sizing = case.sizing
    if not case.limits.is_isolated:
        sentence = "equity above maintenance margin with all positions at their stops, above"
        return Check("liquidation", sizing.is_stop_first, sizing.liquidation, ZERO, sentence)
    distance = sizing.prices.distance * case.limits.liquidation_buffer
    limit = sizing.prices.entry - case.signal.side * distance
    sentence = "price of liquidation, at or beyond"
    return Check("liquidation", sizing.is_stop_first, sizing.liquidation, limit, sentence)


def _coin_exposure(case: Review) -> Check:
    value = case.situation.coin_value + case.sizing.value
    times, limit = _times_equity(value, case), case.limits.coin_exposure
    sentence = "value of the position as a multiple of equity, at most"
    return Check("coin_exposure", times <= limit, times, limit, sentence)


def _total_exposure(case: Review) -> Check:
    value = case.situation.total_value + case.sizing.value
    times, limit = _times_equity(value, case), case.limits.total_exposure
    sentence = "value of all positions as a multiple of equity, at most"
    return Check("total_exposure", times <= limit, times, limit, sentence)


def _times_equity(value: Decimal, case: Review) -> Decimal:
    equity = case.situation.equity
    return value / equity if equity > 0 else _INFINITE


CHECKS: tuple[Callable[[Review], Check], ...] = (
    _halted,
    _stale_data,
    _coin_free,
    _rule_concurrency,
    _cooldown,
    _max_positions,
    _daily_loss,
    _market_conditions,
    _price_sanity,
    _costs,
    _risk,
    _market_size,
    _size,
    _minimum_notional,
    _leverage,
    _margin,
    _liquidation,
    _coin_exposure,
    _total_exposure,
)
"""in the order in which they are reported: what needs no arithmetic first"""
