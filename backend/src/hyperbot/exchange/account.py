"""The account: what is free, what backs a position, what everything is worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from hyperbot.domain.money import ZERO
from hyperbot.exchange.coin_state import CoinState, Position
from hyperbot.exchange.ledger import Ledger
from hyperbot.exchange.margin import Held, initial_margin, liquidation_price
from hyperbot.exchange.order_checks import price_to_expect


class Account:
    """Cash and the positions in `states`. Reads the states, books into the ledger, nothing else."""

    def __init__(self, cash: Decimal, states: Mapping[str, CoinState]) -> None:
        self.ledger = Ledger(cash)
        self._states = states

    def equity(self, prices: Mapping[str, Decimal]) -> Decimal:
        """Cash plus the open results at `prices`, or the last price seen where one is missing."""
        open_results = (
            position.unrealised(prices.get(coin) or _price(state, position))
            for coin, state, position in self._open()
        )
        return self.ledger.cash + sum(open_results, ZERO)

    def free_margin(self) -> Decimal:
        """What may still be bound, after open positions and entries that wait."""
        free = self.ledger.cash
        for state in self._states.values():
            if (position := state.position) is not None:
                free += _freed(state, position)
            elif (waiting := state.waiting) is not None:
                notional = waiting.asked.entry.size * price_to_expect(state, waiting.asked)
                free -= initial_margin(notional, waiting.asked.leverage)
        return free

    def held(self, state: CoinState, position: Position) -> Held:
        """A position with what backs it.

        Isolated: its collateral. Cross: the cash, without the collateral of isolated positions,
        and what the other cross positions are worth above their maintenance margin.
        """
        backing = position.collateral if position.is_isolated else self._shared(state)
        return Held(position.side, position.size, position.entry_price, backing)

    def liquidation(self, state: CoinState) -> Decimal | None:
        """The price at which the position is liquidated, other prices staying as they are."""
        position = state.position
        if position is None:
            return None
        return liquidation_price(state.instrument, self.held(state, position))

    def _shared(self, own: CoinState) -> Decimal:
        backing = self.ledger.cash
        for _, state, position in self._open():
            if position.is_isolated:
                backing -= position.collateral
            elif state is not own:
                price = _price(state, position)
                maintenance = state.instrument.maintenance(position.size * price)
                backing += position.unrealised(price) - maintenance
        return backing

    def _open(self) -> Iterator[tuple[str, CoinState, Position]]:
        for coin, state in self._states.items():
            if state.position is not None:
                yield coin, state, state.position


def _price(state: CoinState, position: Position) -> Decimal:
    return state.last or position.entry_price


def _freed(state: CoinState, position: Position) -> Decimal:
    """What an open position adds to the free margin: less than nothing as a rule."""
    if position.is_isolated:
        return -position.collateral
    price = _price(state, position)
    bound = initial_margin(position.size * price, position.leverage)
    return position.unrealised(price) - bound
