"""The books of one trade: fills and funding in, exact results out."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal

from hyperbot.domain.errors import Fatal
from hyperbot.domain.events import OrderFilled
from hyperbot.domain.money import ZERO
from hyperbot.domain.signals import Signal
from hyperbot.domain.trades import Exit, Trade

_STEP = Decimal("0.000000000001")
_WIDE = Context(prec=60)  # however large an account grows in a backtest, a share of a cost fits


class TradeRecord:
    """What was bought and sold for a signal.

    No rounding leaks into the result: cost is the value of the entry fills, a part that is closed
    takes its share of it (cut to 12 decimals), and what closes the rest takes all that is left. So
    the results of the exits add up to the difference of the values traded, to the last digit.
    """

    __slots__ = (
        "_cost",
        "_entry_fees",
        "_entry_value",
        "_fees",
        "_forfeited",
        "_funding",
        "_gross",
        "_is_doubtful",
        "_signal",
        "_slippage",
        "_stop",
        "entered",
        "exits",
        "held",
        "opened_at",
    )

    def __init__(self, signal: Signal, stop: Decimal) -> None:
        self._signal = signal
        self._stop = stop
        self.opened_at: int | None = None
        self.held = ZERO
        """size of the position now"""
        self.exits: list[Exit] = []
        self.entered = ZERO
        """size of all entry fills"""
        self._entry_value = self._entry_fees = self._cost = ZERO
        self._gross = self._fees = self._funding = self._slippage = self._forfeited = ZERO
        self._is_doubtful = False

    @property
    def entry_price(self) -> Decimal:
        """Mean of the entry fills."""
        return self._entry_value / self.entered

    @property
    def entry_fee_rate(self) -> Decimal:
        """Share of their value that the entry fills paid."""
        return self._entry_fees / self._entry_value

    @property
    def cost(self) -> Decimal:
        """What the position that is held was opened for, in quote units."""
        return self._cost

    def unrealized(self, price: Decimal) -> Decimal:
        """Result of closing what is held at `price`."""
        return self._signal.side * (price * self.held - self._cost)

    def enter(self, fill: OrderFilled) -> Decimal:
        """Book a fill that opens; what it adds to the cash."""
        if fill.side != self._signal.side or fill.size <= 0:
            raise Fatal(f"the entry {fill.order_id} was filled by {fill.size} on side {fill.side}")
        if self.opened_at is None:
            self.opened_at = fill.at
        value = fill.price * fill.size
        self.held += fill.size
        self.entered += fill.size
        self._entry_value += value
        self._entry_fees += fill.fee
        self._cost += value
        self._book(fill)
        return -fill.fee

    def leave(self, fill: OrderFilled, reason: str) -> Decimal:
        """Book a fill that closes; what it adds to the cash. Raises Fatal if it closes too much."""
        side = self._signal.side
        if fill.side == side or not ZERO < fill.size <= self.held:
            raise Fatal(
                f"{fill.order_id or 'a liquidation'} of {fill.coin} was filled by {fill.size} on "
                f"side {fill.side}, but the position is {side * self.held}"
            )
        cost = self._cost
        if fill.size != self.held:
            share = _WIDE.divide(_WIDE.multiply(cost, fill.size), self.held)
            cost = _WIDE.quantize(share, _STEP)
        self._cost -= cost
        self.held -= fill.size
        realized = side * (fill.price * fill.size - cost)
        self._gross += realized
        self._forfeited += fill.forfeited
        self.exits.append(Exit(fill.at, reason, fill.size, fill.price, fill.is_doubtful))
        self._book(fill)
        return realized - fill.fee - fill.forfeited

    def _book(self, fill: OrderFilled) -> None:
        self._fees += fill.fee
        self._slippage += fill.slippage
        self._is_doubtful = self._is_doubtful or fill.is_doubtful

    def fund(self, amount: Decimal) -> None:
        """Book a funding payment; positive was received."""
        self._funding += amount

    def trade(self, closed_at: int | None, moves: Sequence[tuple[int, Decimal]] = ()) -> Trade:
        """What became of the signal; something must have been filled. `moves` are of its stop."""
        assert self.opened_at is not None  # noqa: S101 - callers ask after the first fill only
        return Trade(
            signal=self._signal,
            opened_at=self.opened_at,
            closed_at=closed_at,
            size=self.entered,
            entry_price=self.entry_price,
            stop=self._stop,
            exits=tuple(self.exits),
            gross=self._gross,
            fees=self._fees,
            funding=self._funding,
            slippage=self._slippage,
            forfeited=self._forfeited,
            is_doubtful=self._is_doubtful,
            stops=((self.opened_at, self._stop), *moves),
        )
