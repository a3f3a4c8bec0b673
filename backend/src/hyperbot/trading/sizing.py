"""How large a position is, from what its stop may cost; and which leverage keeps the stop in front
of the liquidation.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from hyperbot.domain.costs import CostModel
from hyperbot.domain.instruments import Instrument, maintenance_rate
from hyperbot.domain.money import ZERO
from hyperbot.domain.signals import Signal
from hyperbot.trading.risk_limits import RiskLimits
from hyperbot.trading.situation import Situation


class OrderPrices(NamedTuple):
    """Prices on the grid of the coin."""

    entry: Decimal
    stop: Decimal

    @property
    def distance(self) -> Decimal:
        """From entry to stop: 1R of a coin."""
        return abs(self.entry - self.stop)


class Sizing(NamedTuple):
    """A position as planned. Money in quote units."""

    prices: OrderPrices
    size: Decimal = ZERO
    loss: Decimal = ZERO
    """at the stop, with fees and expected slippage"""
    allowed_loss: Decimal = ZERO
    value: Decimal = ZERO
    """at the price to expect, slippage included"""
    leverage: int = 0
    """0: none keeps the liquidation far enough beyond the stop"""
    margin: Decimal = ZERO
    """collateral and fee of the entry"""
    liquidation: Decimal = ZERO
    """isolated: its price. Cross: what would be left above maintenance with all at their stops"""
    is_stop_first: bool = False
    """whether the stop is reached before the liquidation, with the buffer"""


class _Expected(NamedTuple):
    """Of one coin."""

    slippage: Decimal
    loss: Decimal


def order_prices(signal: Signal, instrument: Instrument) -> OrderPrices:
    """The stop rounded outward, a limit to the better and a stop entry to the worse side."""
    toward = {"market": None, "limit": -signal.side, "stop": signal.side}[signal.entry]
    entry = signal.price if toward is None else instrument.round_price(signal.price, toward)
    return OrderPrices(entry, instrument.round_price(signal.stop, -signal.side))


class Sizer:
    """Sizes positions within limits."""

    def __init__(self, limits: RiskLimits, costs: CostModel) -> None:
        self.limits = limits
        self._costs = costs

    def cost_share(self, signal: Signal, prices: OrderPrices) -> Decimal:
        """Fees and slippage of entry and stop, as a share of the distance between them.

        Of the smallest size: a larger one slips more.
        """
        return self._expected(signal, prices, ZERO).loss / prices.distance - 1

    def size_up(
        self, signal: Signal, prices: OrderPrices, instrument: Instrument, situation: Situation
    ) -> Sizing:
        """The planned position; its size is 0 when nothing fits. Prices must make sense."""
        percent = min(signal.plan.risk_percent, self.limits.max_risk_percent)
        allowed = situation.equity * percent / 100
        if signal.size is None:
            size = self._largest(signal, prices, situation, allowed)
            size = min(size, self.market_room(signal, prices, instrument))
        else:
            size = max(ZERO, signal.size)
        size = instrument.round_size(size)
        leverage = self._leverage(signal, prices, instrument, size)
        sizing = self._planned(signal, prices, size, leverage)
        free = max(ZERO, situation.free_cash)
        if signal.size is None and leverage and sizing.margin > free:
            fitting = size * free / sizing.margin
            # A smaller position slips less and needs no more maintenance: the leverage still holds.
            sizing = self._planned(signal, prices, instrument.round_size(fitting), leverage)
        sizing = sizing._replace(allowed_loss=allowed)
        if self.limits.is_isolated:
            return self._with_liquidation(sizing, signal.side, instrument)
        at_stop = instrument.maintenance(sizing.size * prices.stop)
        left = situation.room_at_stops - sizing.loss - at_stop
        return sizing._replace(liquidation=left, is_stop_first=left > 0)

    def market_room(self, signal: Signal, prices: OrderPrices, instrument: Instrument) -> Decimal:
        """The largest size that the market, and the exchange in one order, take."""
        one_order = instrument.largest_order / prices.entry
        if self.limits.most_volume_share is None:
            return one_order
        return min(one_order, self.limits.most_volume_share * signal.liquidity.mean_volume)

    def _largest(
        self, signal: Signal, prices: OrderPrices, situation: Situation, allowed: Decimal
    ) -> Decimal:
        """What risk and exposure allow.

        Slippage grows with size: it is taken at a size that is certainly not smaller than the
        result, so that the loss is never above the allowed one (test_loss_is_never_above).
        """
        limits, equity = self.limits, situation.equity
        room = min(
            limits.coin_exposure * equity - situation.coin_value,
            limits.total_exposure * equity - situation.total_value,
        )
        if room <= 0 or allowed <= 0:
            return ZERO
        least = self._expected(signal, prices, ZERO)
        most = min(allowed / least.loss, room / (prices.entry + least.slippage))
        expected = self._expected(signal, prices, most)
        return min(allowed / expected.loss, room / (prices.entry + expected.slippage))

    def _expected(self, signal: Signal, prices: OrderPrices, size: Decimal) -> _Expected:
        """A limit fills at its price and pays the maker's fee; all else slips."""
        costs, side = self._costs, signal.side
        is_limit = signal.entry == "limit"
        slippage = ZERO if is_limit else costs.slippage(prices.entry, size, signal.liquidity)
        paid = prices.entry + side * slippage
        got = prices.stop - side * costs.slippage(prices.stop, size, signal.liquidity)
        fees = paid * (costs.maker if is_limit else costs.taker) + got * costs.taker
        return _Expected(slippage, side * (paid - got) + fees)

    def _planned(self, signal: Signal, prices: OrderPrices, size: Decimal, leverage: int) -> Sizing:
        expected = self._expected(signal, prices, size)
        value = size * (prices.entry + expected.slippage)
        return Sizing(
            prices,
            size,
            loss=size * expected.loss,
            value=value,
            leverage=leverage,
            margin=value / max(leverage, 1) + value * self._costs.taker,
        )

    def _leverage(
        self, signal: Signal, prices: OrderPrices, instrument: Instrument, size: Decimal
    ) -> int:
        notional = size * prices.entry
        most = min(self.limits.max_leverage, instrument.tier(notional).max_leverage)
        if not self.limits.is_isolated or not size:
            return most
        needed = self._needed_collateral(prices, size, signal.side, instrument)
        return min(most, int(notional // needed))

    def _needed_collateral(
        self, prices: OrderPrices, size: Decimal, side: int, instrument: Instrument
    ) -> Decimal:
        """With at least so much, the liquidation is beyond the stop by the buffer."""
        notional = size * prices.entry
        rate = maintenance_rate(instrument.tier(notional).max_leverage)
        distance = prices.distance * self.limits.liquidation_buffer
        return instrument.maintenance(notional) + size * distance * (1 - rate * side)

    def _with_liquidation(self, sizing: Sizing, side: int, instrument: Instrument) -> Sizing:
        prices, size, leverage = sizing.prices, sizing.size, sizing.leverage
        if not size or not leverage:
            return sizing
        notional = size * prices.entry
        rate = maintenance_rate(instrument.tier(notional).max_leverage)
        spare = notional / leverage - instrument.maintenance(notional)
        price = prices.entry - side * spare / size / (1 - rate * side)
        needed = self._needed_collateral(prices, size, side, instrument)
        return sizing._replace(liquidation=price, is_stop_first=needed * leverage <= notional)
