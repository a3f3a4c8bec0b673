"""From what was asked for to a result: reads, scans, plays, and shows how far it is."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hyperbot.cli.backtest_evidence import (
    KeptBack,
    embargoed,
    measured,
    open_hold_outs,
    respect_hold_outs,
    with_evidence,
)
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
from hyperbot.cli.progress import Progress, shown_progress
from hyperbot.domain.errors import InvalidInput

if TYPE_CHECKING:  # numpy and numba are imported when there is work for them
    from hyperbot.backtesting.backtest import Market
    from hyperbot.backtesting.report import BacktestResult, RuleRecord, Settings
    from hyperbot.backtesting.scanner import Scan
    from hyperbot.backtesting.significance import Subject
    from hyperbot.domain.costs import CostModel
    from hyperbot.domain.market import Timeframe
    from hyperbot.domain.rules import StrategyRule
    from hyperbot.trading.risk_limits import RiskLimits

NOT_PLAYED = ("disabled", "retired")
GIVEN_IN_HINDSIGHT = (
    "nobody can tell when given signals were made: what they trade may have been known already"
)


class Account(NamedTuple):
    """With how much, and on which terms."""

    cash: Decimal
    has_costs: bool
    touch_fills: bool
    is_isolated: bool
    opens_hold_out: bool = False


class Chosen(NamedTuple):
    """What is played on, where it comes from, and what is kept back of it."""

    market: Market
    played: list[PlayedCoin]
    kept: KeptBack


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
    from hyperbot.backtesting.embargo import subject_of  # noqa: PLC0415 - scipy
    from hyperbot.backtesting.report import RuleRecord  # noqa: PLC0415 - numpy
    from hyperbot.storage.rule_files import read_rules  # noqa: PLC0415 - pydantic
    from hyperbot.trading.risk_limits import RiskLimits  # noqa: PLC0415 - only to work

    playbook = read_rules(named) if isinstance(named, Path) else chosen_playbook(named)
    rules = [rule for rule in playbook.rules if rule.status not in NOT_PLAYED]
    if not rules:
        raise InvalidInput(f"{named}: all its rules are disabled or retired")
    with shown_progress() as progress:
        shelved = shelf(choice)
        coins = chosen_coins(shelved, choice)
        chosen = _market(choice, shelved, coins, _base_of(rules), (progress, account))
        limits = RiskLimits(is_isolated=account.is_isolated)
        subjects = [subject_of(rule) for rule in rules]
        kept = open_hold_outs(chosen.kept, subjects)
        with _compiling_if_needed():
            scans = scan_market(chosen.market, rules, progress)
            records = tuple(
                RuleRecord(rule.id, rule.name, rule.version, _sha256(rule.model_dump_json()))
                for rule in rules
            )
            play = Play(chosen.market, scans, records, account, limits, limits.stale_after_ms)
            return _played(chosen, play, (subjects, kept), progress)


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
    from hyperbot.backtesting.significance import Subject  # noqa: PLC0415 - scipy
    from hyperbot.storage.signal_files import read_signals  # noqa: PLC0415 - only for these

    given = read_signals(file)
    shelved = shelf(choice)
    coins = chosen_coins(shelved, choice)
    if len(coins) > 1:
        raise InvalidInput(f"signals are for one coin: choose with --coin of {', '.join(coins)}")
    timeframe = _only_timeframe(shelved, coins[0], choice)
    with shown_progress() as progress:
        chosen = _market(choice, shelved, coins, timeframe, (progress, account))
        text = _sha256(file.read_text("utf-8-sig"))
        subjects = [Subject(RULE_ID, text)]
        # First, since it may refuse the file: a hold-out is not to be spent on a mistyped signal.
        scans = {coins[0]: given_scan(chosen.market.histories[0], given, Decimal(1))}
        kept = open_hold_outs(chosen.kept, subjects)
        if not kept.opened:
            kept = replace(kept, objection=GIVEN_IN_HINDSIGHT)
        records = (RuleRecord(RULE_ID, file.name, 1, text),)
        limits = _replay_limits(is_isolated=account.is_isolated)
        play = Play(chosen.market, scans, records, account, limits)
        return _played(chosen, play, (subjects, kept), progress)


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
    given: tuple[Progress, Account],
) -> Chosen:
    from hyperbot.backtesting.backtest import Market  # noqa: PLC0415 - numba

    progress, account = given
    played = []
    for done, coin in enumerate(coins):
        progress(f"reading {coin}", done / len(coins))
        played.append(read_coin(shelved, coin, base, choice))
    since, until = chosen_span(choice, played)
    kept = respect_hold_outs(coins, (since, until), base, opens=account.opens_hold_out)
    refuse_idle_finer(played, since, kept.until)
    histories = tuple(each.history for each in played)
    return Chosen(Market(histories, since, kept.until), played, kept)


def _played(
    chosen: Chosen,
    play: Play,
    judged: tuple[Sequence[Subject], KeptBack],
    progress: Progress,
) -> BacktestResult:
    from hyperbot.backtesting.backtest import Terms, play_three_ways  # noqa: PLC0415 - numba
    from hyperbot.backtesting.conclusion import conclude  # noqa: PLC0415 - numba
    from hyperbot.backtesting.rules_alone import coins_alone  # noqa: PLC0415 - numba
    from hyperbot.backtesting.simulation import SimulationRules  # noqa: PLC0415 - numba
    from hyperbot.backtesting.trade_charts import with_charts  # noqa: PLC0415 - numba
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
    lineage = [each.lineage(market.since, market.until) for each in chosen.played]
    result = conclude(market, _settings(play), lineage, record, results)
    result = with_charts(result, market, play.scans)
    subjects, kept = judged
    simulation = SimulationRules(costs, touch=account.touch_fills)
    coins = coins_alone(market, play.scans, play.limits, simulation)
    measurements = measured(embargoed(subjects, kept), coins, market.span, simulation, progress)
    return with_evidence(result, measurements, kept)


def _settings(play: Play) -> Settings:
    from hyperbot.backtesting.report import Settings  # noqa: PLC0415 - numpy

    market, account = play.market, play.account
    return Settings(
        equity=account.cash,
        since=market.since,
        until=market.until,
        coins=tuple(history.coin for history in market.histories),
        rules=play.records,
        costs=_costs(account),
        intrabar="pessimistic",
        fills="touch" if account.touch_fills else "through",
        limits=play.limits,
    )


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
