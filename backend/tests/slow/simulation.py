"""Single trades, slow and obvious: one candle after the other, for a long; a short is its mirror.

The mirror turns prices around zero, so a short is the same long among negative prices.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, isnan, nan

STOPS = ("sl", "breakeven", "trail")


@dataclass
class Costs:
    taker: float = 0.0
    maker: float = 0.0
    half_spread: float = 0.0
    atr_share: float = 0.0


@dataclass
class World:
    """Candles as (open, high, low, close); the other lists are empty when not known."""

    candles: list[tuple[float, float, float, float]]
    atr: list[float] = field(default_factory=list)
    payments: list[float] = field(default_factory=list)
    """rate * price of what falls due in each candle"""
    long_trail: list[float] = field(default_factory=list)
    short_trail: list[float] = field(default_factory=list)
    costs: Costs = field(default_factory=Costs)
    touch: bool = False
    optimistic: bool = False


@dataclass
class Setup:
    row: int
    side: int
    stop: float
    kind: str = "market"
    price: float = nan
    last_row: int = 0
    targets: list[tuple[float, float, str]] = field(default_factory=list)
    """(R or nan, share, what follows)"""
    level: float = nan
    held: int = 0


@dataclass
class Result:
    setup: int
    side: int
    entry_row: int
    exit_row: int
    entry_price: float
    exits: list[tuple[float, float, str]]
    """(share, price, reason)"""
    fees: float
    funding: float
    slippage: float
    is_doubtful: bool
    mae_r: float
    mfe_r: float
    risk: float

    @property
    def gross(self) -> float:
        moved = sum(share * (price - self.entry_price) for share, price, _ in self.exits)
        return self.side * moved

    @property
    def reason(self) -> str:
        return self.exits[-1][2]


def simulate(world: World, setups: list[Setup], *, overlapping: bool) -> list[Result]:
    results, free_from = [], 0
    for number, setup in enumerate(setups):
        if not overlapping and setup.row < free_from:
            continue
        one = _Trade(world, setup)
        if one.is_refused():
            continue
        result = one.run(number)
        if result is not None:
            results.append(result)
        free_from = one.ended
    return results


class _Trade:
    def __init__(self, world: World, setup: Setup) -> None:
        self.world, self.setup, self.side = world, setup, setup.side
        self.candles = [self._turned(candle) for candle in world.candles]
        trail = world.long_trail if self.side > 0 else world.short_trail
        self.trail = [self.side * level for level in trail]
        self.first_stop = self.stop = self.side * setup.stop
        self.price = self.side * setup.price
        self.level = self.side * setup.level
        self.why = "sl"
        self.left, self.fees, self.funding, self.slippage = 1.0, 0.0, 0.0, 0.0
        self.exits: list[tuple[float, float, str]] = []
        self.trails = self.is_doubtful = False
        self.number = 0

    def _turned(self, candle):
        if self.side > 0:
            return candle
        opened, high, low, close = candle
        return -opened, -low, -high, -close

    def is_refused(self) -> bool:
        close = self.candles[self.setup.row][3]
        price = close if self.setup.kind == "market" else self.price
        if self.setup.kind == "limit" and price > close:
            return True
        if self.setup.kind == "stop" and price < close:
            return True
        return price <= self.stop

    def _beyond(self, price: float, level: float) -> bool:
        return price >= level if self.world.touch else price > level

    def _slip(self, price: float, row: int) -> float:
        atr = self.world.atr[row] if self.world.atr else 0.0
        return self.world.costs.half_spread * abs(price) + self.world.costs.atr_share * atr

    # ---- entry

    def run(self, number: int) -> Result | None:
        found = self._find_entry()
        if found is None:
            return None
        row, paid, how = found
        costs = self.world.costs
        slip = 0.0 if how in ("rested", "fell into") else self._slip(paid, row)
        if self.setup.kind == "limit":
            slip = min(slip, self.price - paid)
        self.entry, self.entry_row = paid + slip, row
        self.rate = costs.maker if how in ("rested", "fell into") else costs.taker
        self.fees += self.rate * abs(self.entry)
        self.slippage += slip
        self.risk = abs(self.entry - self.stop)
        self.ended = self._follow(row, how)
        worst, best = self._excursion()
        in_r = 1 / self.risk if self.risk else 0.0
        return Result(
            number, self.side, row, self.ended, self.side * self.entry,
            [(share, self.side * price, why) for share, price, why in self.exits],
            self.fees, self.funding, self.slippage, self.is_doubtful,
            (worst - self.entry) * in_r, (best - self.entry) * in_r, self.risk,
        )  # fmt: skip

    def _find_entry(self) -> tuple[int, float, str] | None:
        first, setup = self.setup.row + 1, self.setup
        last = first if setup.kind == "market" else setup.last_row
        last = min(last, len(self.candles) - 1)
        self.ended = last
        for row in range(first, last + 1):
            opened, high, low, _ = self.candles[row]
            if setup.kind == "market":
                return row, opened, "at open"
            if setup.kind == "stop" and high >= self.price:
                how = "at open" if opened >= self.price else "rose into"
                return row, max(opened, self.price), how
            if setup.kind == "stop" and low <= self.stop:
                self.ended = row
                return None
            if setup.kind == "limit":
                if row == first and opened <= self.price:
                    return row, opened, "at open"
                if self._beyond(-low, -self.price):
                    is_open = self._beyond(-opened, -self.price)
                    return row, self.price, "rested" if is_open else "fell into"
        return None

    # ---- while it is open

    def _follow(self, row: int, how: str) -> int:
        while row < len(self.candles):
            within = how in ("fell into", "rose into")
            if row > self.entry_row:
                self.funding += (
                    self.side * self.left * (self.world.payments or [0] * (row + 1))[row]
                )
                before = self.candles[row - 1][3]
                is_due = self.setup.held and row == self.entry_row + self.setup.held
                if self.trails and self.trail and not is_due:
                    self._tighten(self.trail[row - 1], before, "trail")
            if not (within and row == self.entry_row):
                self._at_open(row)
            if self.left:
                self._within(row, how if row == self.entry_row else "")
            if not self.left:
                return row
            row += 1
        self.exits.append((self.left, self.candles[-1][3], "pending"))
        return row

    def _at_open(self, row: int) -> None:
        opened = self.candles[row][0]
        if opened <= self.stop:
            self._leave_at_market(row, opened, self.why)
        elif self._has_gapped() and row == self.entry_row + 1:
            self._leave_at_market(row, opened, "tp1")
        elif self.setup.held and row == self.entry_row + self.setup.held:
            self._leave_at_market(row, opened, "time")
        else:
            while self.left and self._beyond(opened, self._target()[0]):
                self._take(row)

    def _has_gapped(self) -> bool:
        """Price was beyond the only target at the entry."""
        return not isnan(self.level) and self.number == 0 and self._target()[0] == inf

    def _within(self, row: int, how: str) -> None:
        opened, high, low, close = self.candles[row]
        resting = self.stop if how != "rose into" else -inf
        while self.left:
            target = self._target()[0]
            is_hit, may_reach = low <= self.stop, self._beyond(high, target)
            surely_reaches = self._beyond(close, target) if how == "fell into" else may_reach
            surely_hit = is_hit and (low <= resting or close <= self.stop)
            pessimistic = "stop" if is_hit else "target" if surely_reaches else "nothing"
            optimistic = "target" if may_reach else "stop" if surely_hit else "nothing"
            self.is_doubtful |= pessimistic != optimistic
            chosen = optimistic if self.world.optimistic else pessimistic
            if chosen == "stop":
                self._leave_at_market(row, min(self.stop, opened), self.why)
            elif chosen == "target":
                self._take(row)
            else:
                return

    def _target(self) -> tuple[float, float, str, int]:
        """Price, share, what follows and number of the nearest target; infinitely far if none."""
        planned, at = self.setup.targets, self.number
        level = self.level if self.level > self.entry else nan
        for_all = ("none", len(planned) or 1)
        if at < len(planned) and not isnan(planned[at][0]):
            r, share, then = planned[at]
            price = self.entry + r * self.risk
            if not level <= price:
                rest = planned[at + 1 :]
                is_last = not rest or (isnan(rest[0][0]) and isnan(level))
                return price, self.left if is_last else share, then, at + 1
        return (inf if isnan(level) else level), self.left, *for_all

    def _take(self, row: int) -> None:
        price, share, then, number = self._target()
        self._book(min(share, self.left), price, self.world.costs.maker, f"tp{number}")
        self.number = number
        if then == "breakeven":
            rates = self.rate + self.world.costs.taker
            even = self.entry * (1 + self.side * rates)
            self._tighten(min(even, price), inf, "breakeven")
        if then == "trail":
            self.trails = True

    def _tighten(self, stop: float, last: float, why: str) -> None:
        if self.stop < stop < last:
            self.stop, self.why = stop, why

    def _leave_at_market(self, row: int, price: float, why: str) -> None:
        slip = self._slip(price, row)
        self.slippage += self.left * slip
        self._book(self.left, price - slip, self.world.costs.taker, why)

    def _book(self, share: float, price: float, rate: float, why: str) -> None:
        self.exits.append((share, price, why))
        self.fees += share * abs(price) * rate
        self.left -= share
        if self.left < 1e-9:
            self.left = 0.0

    # ---- what it lived through

    def _excursion(self) -> tuple[float, float]:
        first, last, why = self.entry_row, self.ended, self.exits[-1][2]
        between = self.candles[first + 1 : last]
        fills = [price for _, price, why in self.exits if why != "pending"]
        worst = [self.entry, *fills, *(low for _, _, low, _ in between)]
        best = [self.entry, *fills, *(high for _, high, _, _ in between)]
        edges = {first, last} - {len(self.candles)} - ({last} if why in STOPS else set())
        worst += [max(self.candles[row][2], self.first_stop) for row in edges]
        return min(worst), max(best)
