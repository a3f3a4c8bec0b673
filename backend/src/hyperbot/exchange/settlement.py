"""From a touch to a fill: the price paid, the fee, the lines in the books, the event."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from hyperbot.domain.costs import CostModel
from hyperbot.domain.events import Event, OrderCancelled, OrderFilled
from hyperbot.domain.money import ZERO
from hyperbot.domain.orders import Order
from hyperbot.exchange.account import Account
from hyperbot.exchange.coin_state import CoinState, Position, WaitingEntry
from hyperbot.exchange.ledger import LedgerLine, LineKind
from hyperbot.exchange.margin import initial_margin, settle_liquidation
from hyperbot.exchange.matching import ExactBar, Touch, level_of, slipped

MARGIN_CANCELLED = "marginCanceled"


class _Deal(NamedTuple):
    """What is traded, on which side, at which price."""

    side: int
    size: Decimal
    price: Decimal
    fee: Decimal
    forfeited: Decimal = ZERO


class Settlement:
    """Turns touches into fills of an account."""

    def __init__(self, account: Account, costs: CostModel) -> None:
        self._account = account
        self._costs = costs

    def fill(self, state: CoinState, bar: ExactBar, touch: Touch) -> Event:
        """Fill what was touched; an entry that the account cannot carry is cancelled instead."""
        state.seen = touch.price
        if state.waiting is not None:
            return self._open(state, bar, touch, state.waiting)
        if state.position is None:
            raise AssertionError("only a position can be reduced")
        if touch.order is None:
            deal = self._liquidate(state, bar, touch, state.position)
        else:
            deal = self._reduce(state, bar, touch, state.position)
        self._book_reduction(state, bar.ts, deal, state.position)
        _forget(state, touch.order)
        return _event(state, bar, touch, deal)

    def _open(self, state: CoinState, bar: ExactBar, touch: Touch, waiting: WaitingEntry) -> Event:
        asked, entry = waiting.asked, waiting.asked.entry
        deal = self._deal(state, bar, touch, entry.side, entry.size)
        state.clear()
        margin = initial_margin(deal.size * deal.price, asked.leverage)
        if margin > self._account.free_margin():
            return OrderCancelled(bar.ts, entry.coin, entry.id, MARGIN_CANCELLED)
        state.position = Position(
            side=entry.side,
            size=entry.size,
            entry_price=deal.price,
            leverage=asked.leverage,
            is_isolated=asked.is_isolated,
            collateral=margin if asked.is_isolated else ZERO,
        )
        state.stop = asked.stop
        state.reach = None
        self._book(bar.ts, entry.coin, "fee", -deal.fee)
        return _event(state, bar, touch, deal)

    def _reduce(self, state: CoinState, bar: ExactBar, touch: Touch, position: Position) -> _Deal:
        asked = touch.order.size if touch.order else ZERO
        size = min(asked or position.size, position.size)
        return self._deal(state, bar, touch, -position.side, size)

    def _liquidate(
        self, state: CoinState, bar: ExactBar, touch: Touch, position: Position
    ) -> _Deal:
        side = -position.side
        slippage = self._costs.slippage(touch.price, position.size, bar.liquidity)
        price = state.instrument.round_price(
            slipped(state.instrument, touch.price, side, slippage), side
        )
        held = self._account.held(state, position)
        ended = settle_liquidation(state.instrument, held, price, self._costs)
        return _Deal(side, position.size, ended.price, ended.fee, ended.forfeited)

    def _deal(
        self, state: CoinState, bar: ExactBar, touch: Touch, side: int, size: Decimal
    ) -> _Deal:
        price = touch.price
        if not touch.is_maker:
            slippage = self._costs.slippage(price, size, bar.liquidity)
            price = slipped(state.instrument, price, side, slippage)
            if touch.order is not None and touch.order.kind == "limit":
                price = side * min(side * price, side * level_of(touch.order))
        return _Deal(side, size, price, self._costs.fee(size * price, is_maker=touch.is_maker))

    def _book_reduction(self, state: CoinState, at: int, deal: _Deal, position: Position) -> None:
        coin = state.instrument.coin
        result = position.side * deal.size * (deal.price - position.entry_price)
        self._book(at, coin, "realised", result)
        self._book(at, coin, "fee", -deal.fee)
        self._book(at, coin, "liquidation", -deal.forfeited)
        left = position.size - deal.size
        if not left:
            state.clear()
            return
        # Collateral is freed in proportion, so that the liquidation price stays where it is.
        position.collateral = position.collateral * left / position.size
        position.size = left
        state.reach = None

    def _book(self, at: int, coin: str, kind: LineKind, amount: Decimal) -> None:
        self._account.ledger.book(LedgerLine(at, coin, kind, amount))


def _forget(state: CoinState, order: Order | None) -> None:
    """An order that was filled rests no more."""
    if order is not None and state.position is not None:
        state.drop(order.id)


def _event(state: CoinState, bar: ExactBar, touch: Touch, deal: _Deal) -> OrderFilled:
    return OrderFilled(
        at=bar.ts,
        coin=state.instrument.coin,
        order_id=touch.order.id if touch.order else "",
        side=deal.side,
        size=deal.size,
        price=deal.price,
        fee=deal.fee,
        slippage=max(ZERO, deal.side * (deal.price - touch.price)) * deal.size,
        remaining=ZERO,
        is_maker=touch.is_maker,
        is_doubtful=touch.is_doubtful,
        forfeited=deal.forfeited,
    )
