"""From what was asked for to a result: reads, scans, plays, and shows how far it is."""

from __future__ import annotations

import hashlib
import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hyperbot.cli.backtest_market import (
    MarketChoice,
    PlayedCoin,
    Shelved,
    chosen_coins,
    chosen_span,
    read_coin,
    read_timeframe,
    refuse_idle_finer,
    shelf,
)
from hyperbot.cli.compilation import compiling
from hyperbot.cli.playbook_option import chosen_playbook
from hyperbot.domain.errors import InvalidInput

if TYPE_CHECKING:  # numpy and numba are imported when there is work for them
    from hyperbot.backtesting.backtest import Market
    from hyperbot.backtesting.report import BacktestResult, RuleRecord
    from hyperbot.backtesting.rule_alone import RuleAlone
    from hyperbot.backtesting.scanner import Scan
    from hyperbot.domain.costs import CostModel
    from hyperbot.domain.market import Timeframe
    from hyperbot.domain.rules import StrategyRule
    from hyperbot.trading.risk_limits import RiskLimits

Progress = Callable[[str, float], None]
REFRESH_SECONDS = 0.1
NOT_PLAYED = ("disabled", "retired")


class Account(NamedTuple):
    """With how much, and on which terms."""

    cash: Decimal
    has_costs: bool
    touch_fills: bool
    is_isolated: bool


class Play(NamedTuple):
    """All that is played: the past, what rules say of it, and on which terms."""

    market: Market
    scans: dict[str, Scan]
    records: tuple[RuleRecord, ...]
    account: Account
    limits: RiskLimits
    stale_after_ms: int | None = None
    """market entries wait no longer for a candle; None: those given are filled whenever it comes"""


def play_rules(choice: MarketChoice, named: str | Path, account: Account) -> BacktestResult:
    """Play the rules of a file (a path) or a playbook (a name). Raises InvalidInput."""
    from hyperbot.backtesting.backtest import scan_market  # noqa: PLC0415 - numba
    from hyperbot.backtesting.report import RuleRecord  # noqa: PLC0415 - numpy
    from hyperbot.storage.rule_files import read_rules  # noqa: PLC0415 - pydantic
    from hyperbot.trading.risk_limits import RiskLimits  # noqa: PLC0415 - only to work

    playbook = read_rules(named) if isinstance(named, Path) else chosen_playbook(named)
    rules = [rule for rule in playbook.rules if rule.status not in NOT_PLAYED]
    if not rules:
        raise InvalidInput(f"{named}: all its rules are disabled or retired")
    with _progress() as progress:
        shelved = shelf(choice)
        market, played = _market(
            choice, shelved, chosen_coins(shelved, choice), _base_of(rules), progress
        )
        limits = RiskLimits(is_isolated=account.is_isolated)
        with _compiling_if_needed():
            scans = scan_market(market, rules, progress)
            progress("trading each rule alone", 0.0)
            alone = _alone(market, scans, [rule.id for rule in rules], account, limits)
        records = tuple(
            RuleRecord(rule.id, rule.name, rule.version, _sha256(rule.model_dump_json()))
            for rule in rules
        )
        play = Play(market, scans, records, account, limits, limits.stale_after_ms)
        return replace(_played(played, play, progress), alone=alone)


def _alone(
    market: Market,
    scans: dict[str, Scan],
    rules: Sequence[str],
    account: Account,
    limits: RiskLimits,
) -> tuple[RuleAlone, ...]:
    from hyperbot.backtesting.rules_alone import coins_alone, rules_alone  # noqa: PLC0415 - numba
    from hyperbot.backtesting.simulation import SimulationRules  # noqa: PLC0415 - numba

    simulation = SimulationRules(_costs(account), touch=account.touch_fills)
    return rules_alone(coins_alone(market, scans, limits, simulation), rules)


def _costs(account: Account) -> CostModel:
    from hyperbot.domain.costs import FREE, CostModel  # noqa: PLC0415 - only to work

    return CostModel() if account.has_costs else FREE


def _base_of(rules: Sequence[StrategyRule]) -> Timeframe:
    """The longest candles of which those of every timeframe can be made."""
    from hyperbot.domain.market import Timeframe  # noqa: PLC0415 - numpy

    lengths = (timeframe.ms for rule in rules for timeframe in rule.timeframes)
    return Timeframe(math.gcd(*lengths))


def play_signals(choice: MarketChoice, file: Path, account: Account) -> BacktestResult:
    """Replay given signals. Raises InvalidInput."""
    from hyperbot.backtesting.given_signals import RULE_ID, given_scan  # noqa: PLC0415 - numpy
    from hyperbot.backtesting.report import RuleRecord  # noqa: PLC0415 - numpy
    from hyperbot.storage.signal_files import read_signals  # noqa: PLC0415 - only for these

    given = read_signals(file)
    shelved = shelf(choice)
    coins = chosen_coins(shelved, choice)
    if len(coins) > 1:
        raise InvalidInput(f"signals are for one coin: choose with --coin of {', '.join(coins)}")
    timeframe = _only_timeframe(shelved, coins[0], choice)
    with _progress() as progress:
        market, played = _market(choice, shelved, coins, timeframe, progress)
        scans = {coins[0]: given_scan(market.histories[0], given, Decimal(1))}
        records = (RuleRecord(RULE_ID, file.name, 1, _sha256(file.read_text("utf-8-sig"))),)
        limits = _replay_limits(is_isolated=account.is_isolated)
        return _played(played, Play(market, scans, records, account, limits), progress)


def _only_timeframe(shelved: Sequence[Shelved], coin: str, choice: MarketChoice) -> Timeframe:
    if choice.timeframe is not None:
        return read_timeframe("--timeframe", choice.timeframe)
    there = sorted({each.timeframe for each in shelved if each.coin == coin})
    if len(there) > 1:
        lengths = ", ".join(map(str, there))
        raise InvalidInput(f"there are {lengths} candles of {coin}: choose with --timeframe")
    return there[0]


def _replay_limits(*, is_isolated: bool) -> RiskLimits:
    """As wide as they go: whoever gives signals has decided already."""
    from hyperbot.trading.risk_limits import RiskLimits  # noqa: PLC0415 - only to work

    hundred, least = Decimal(100), Decimal("0.0001")
    return RiskLimits(
        daily_loss_percent=hundred,
        max_leverage=100,
        coin_exposure=hundred,
        total_exposure=hundred,
        least_stop_percent=least,
        most_stop_percent=Decimal(50),
        most_atr_percent=hundred,
        most_cost_share=hundred,
        most_volume_share=None,
        liquidation_buffer=Decimal(1),
        is_isolated=is_isolated,
    )


def _market(
    choice: MarketChoice,
    shelved: Sequence[Shelved],
    coins: Sequence[str],
    base: Timeframe,
    progress: Progress,
) -> tuple[Market, list[PlayedCoin]]:
    from hyperbot.backtesting.backtest import Market  # noqa: PLC0415 - numba

    played = []
    for done, coin in enumerate(coins):
        progress(f"reading {coin}", done / len(coins))
        played.append(read_coin(shelved, coin, base, choice))
    since, until = chosen_span(choice, played)
    refuse_idle_finer(played, since, until)
    return Market(tuple(each.history for each in played), since, until), played


def _played(played: Sequence[PlayedCoin], play: Play, progress: Progress) -> BacktestResult:
    from hyperbot.backtesting.backtest import Terms, play_three_ways  # noqa: PLC0415 - numba
    from hyperbot.backtesting.conclusion import conclude  # noqa: PLC0415 - numba
    from hyperbot.backtesting.report import Settings  # noqa: PLC0415 - numpy
    from hyperbot.wiring import simulated_exchange  # noqa: PLC0415 - only to work

    market, account = play.market, play.account
    costs = _costs(account)
    instruments = {history.coin: history.instrument for history in market.histories}
    new_exchange = simulated_exchange(
        instruments,
        costs,
        account.cash,
        touch_fills=account.touch_fills,
        stale_after_ms=play.stale_after_ms,
    )
    record, results = play_three_ways(
        market,
        play.scans,
        Terms(account.cash, costs, play.limits, new_exchange),
        partial(progress, "playing"),
    )
    settings = Settings(
        equity=account.cash,
        since=market.since,
        until=market.until,
        coins=tuple(history.coin for history in market.histories),
        rules=play.records,
        costs=costs,
        intrabar="pessimistic",
        fills="touch" if account.touch_fills else "through",
        limits=play.limits,
    )
    lineage = [each.lineage(market.since, market.until) for each in played]
    return conclude(market, settings, lineage, record, results)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@contextmanager
def _compiling_if_needed() -> Iterator[None]:
    from hyperbot.detection import kernels_are_compiled  # noqa: PLC0415 - numba

    if kernels_are_compiled():
        yield
        return
    with compiling():
        yield


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar on standard error while it is a terminal; otherwise nothing."""
    if not sys.stderr.isatty():
        yield lambda what, share: None
        return
    from rich.console import Console  # noqa: PLC0415 - rich takes a tenth of a second to import
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description:<24}"), BarColumn(), TimeElapsedColumn())
    # Without its own thread: a process is copied while the bar is there.
    bars = Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False)
    task, shown = bars.add_task("", total=1.0), 0.0

    def tell(what: str, share: float) -> None:
        nonlocal shown
        if (now := time.monotonic()) - shown > REFRESH_SECONDS:
            shown = now
            bars.update(task, description=what, completed=share, refresh=True)

    with bars:
        yield tell
