"""From what was asked for to a judged sweep: reads, locks, runs, counts, judges."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import hyperbot
from hyperbot.backtesting.backtest import Market
from hyperbot.backtesting.evidence import TrialsSoFar
from hyperbot.backtesting.hold_out import written
from hyperbot.backtesting.inquiry import objection_to, terms_sha256
from hyperbot.backtesting.parameter_search import Search, by_chance, grid
from hyperbot.backtesting.parameter_space import ParameterSpace, Variant, parse_vary
from hyperbot.backtesting.report import CandleLineage, Settings
from hyperbot.backtesting.simulation import SimulationRules
from hyperbot.backtesting.sweep import (
    Chunk,
    ChunkRun,
    ChunkStore,
    ChunkTrades,
    Pool,
    Work,
    chunks_of,
)
from hyperbot.backtesting.sweep_best import at_random, held
from hyperbot.backtesting.sweep_document import (
    SweepResult,
    best_rule,
    sweep_document,
    trial_rows,
)
from hyperbot.backtesting.sweep_findings import Standard, findings
from hyperbot.backtesting.sweep_trials import Tried, trials_of, tried, worth
from hyperbot.backtesting.trials import behaviour_sha256
from hyperbot.cli.backtest_market import (
    MarketChoice,
    PlayedCoin,
    chosen_coins,
    chosen_span,
    read_coin,
    shelf,
)
from hyperbot.cli.backtest_play import NOT_PLAYED
from hyperbot.cli.pandas_door import pandas_let_in
from hyperbot.cli.playbook_option import chosen_playbook
from hyperbot.cli.sweep_hold_out import KeptBack, kept_back
from hyperbot.cli.sweep_progress import SweepProgress
from hyperbot.cli.sweep_worker import Job, code_sha256, data_of, ended, run_chunk
from hyperbot.domain.costs import FREE, CostModel
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import Timeframe
from hyperbot.domain.rules import StrategyRule
from hyperbot.storage.rule_files import read_rules
from hyperbot.storage.sweep_results import NotKept, SweepFolder
from hyperbot.wiring import ClusterWorkers, LocalWorkers, trial_ledger

_BAYES = (
    "a Bayesian search has seen every fold while it chose where to look: its walk-forward figures"
    " are too kind, and only the hold-out is untouched",
)


@dataclass(frozen=True, slots=True)
class Wish:
    """A sweep as it was asked for, checked as far as that needs no data."""

    choice: MarketChoice
    rules: Path | str
    """a file, or the name of a playbook"""
    varied: tuple[str, ...]
    search: str
    trials: int
    folds: int
    hold_out: float
    workers: int
    cluster: str | None
    seed: str
    out: Path | None
    overwrite: bool
    has_costs: bool
    touch_fills: bool


def sweep(wish: Wish) -> SweepResult:
    """Try everything that was asked for, count it, judge the best. Raises InvalidInput."""
    rules = _rules(wish.rules)
    space = ParameterSpace(
        rules, [each for text in wish.varied for each in parse_vary(text, rules)]
    )
    search = _search(space, wish)
    base = _base_of(space)
    played = _played(wish.choice, base)
    since, asked_until = chosen_span(wish.choice, played)
    kept = kept_back(trial_ledger(), played, (since, asked_until), wish.hold_out)
    _refuse_idle(played, since, kept.until)
    job = Job(
        choice=wish.choice,
        base_ms=base.ms,
        since=since,
        until=kept.until,
        data=tuple(map(data_of, played)),
        has_costs=wish.has_costs,
        touch_fills=wish.touch_fills,
        code_sha256=code_sha256(),
    )
    spec = _spec(wish, space, job)
    # All that can be refused comes first: what is locked and written stays.
    if not (first := search.ask()):
        raise InvalidInput(_no_variant(search))
    pool = ClusterWorkers(wish.cluster) if wish.cluster else LocalWorkers(wish.workers)
    store = _store(wish, spec)
    trial_ledger().lock(kept.to_lock, _now())
    work = partial(run_chunk, job)
    variants = _run(wish, (search, first), played, (pool, work, store, _sha256(spec)))
    return _judged(wish, (spec, search, kept), played, variants)


def write_sweep(result: SweepResult, out: Path) -> None:
    """What was found, into the folder that holds the chunks already."""
    SweepFolder(out).finish(sweep_document(result), trial_rows(result), best_rule(result))


def _rules(named: Path | str) -> tuple[StrategyRule, ...]:
    playbook = read_rules(named) if isinstance(named, Path) else chosen_playbook(named)
    rules = tuple(rule for rule in playbook.rules if rule.status not in NOT_PLAYED)
    if not rules:
        raise InvalidInput(f"{named}: all its rules are disabled or retired")
    return rules


def _search(space: ParameterSpace, wish: Wish) -> Search:
    if wish.search == "grid":
        return grid(space)
    if wish.search == "random":
        return by_chance(space, wish.trials, wish.seed)
    from hyperbot.cli.sweep_search import BayesSearch  # noqa: PLC0415 - an extra

    return BayesSearch(space, wish.trials, wish.seed)


def _no_variant(search: Search) -> str:
    reasons = ", ".join(list(search.sound.refused)[:1])
    return f"no combination of --vary makes a rule: {reasons or 'there is none'}"


def _base_of(space: ParameterSpace) -> Timeframe:
    """The longest candles of which those of every timeframe of every variant can be made."""
    lengths = {timeframe.ms for rule in space.rules for timeframe in rule.timeframes}
    for varied in space.varied.values():
        for each in varied:
            if "timeframe" in each.path and isinstance(each.values, tuple):
                words = [value for value in each.values if isinstance(value, str)]
                lengths |= {Timeframe.parse(word).ms for word in words}
    return Timeframe(math.gcd(*lengths))


def _played(choice: MarketChoice, base: Timeframe) -> list[PlayedCoin]:
    shelved = shelf(choice)
    return [read_coin(shelved, coin, base, choice) for coin in chosen_coins(shelved, choice)]


def _refuse_idle(played: Sequence[PlayedCoin], since: int, until: int) -> None:
    for each in played:
        if not len(each.history.base.between(since, until)):
            raise InvalidInput(
                f"no candle of {each.history.coin} opens from {written(since)} to {written(until)}"
                " UTC, where this sweep ends: leave it out of --coins"
            )


def _spec(wish: Wish, space: ParameterSpace, job: Job) -> dict[str, Any]:
    """All that the results follow from: two sweeps of one spec find the same."""
    return {
        "hyperbot": hyperbot.__version__,
        "code_sha256": job.code_sha256,
        "rules": {rule.id: behaviour_sha256(rule) for rule in space.rules},
        "vary": list(wish.varied),
        "search": wish.search,
        "trials": None if wish.search == "grid" else wish.trials,
        "seed": wish.seed,
        "coins": [asdict(each) for each in job.data],
        "timeframe": str(Timeframe(job.base_ms)),
        "since": job.since,
        "until": job.until,
        "folds": wish.folds,
        "costs": wish.has_costs,
        "fills": "touch" if wish.touch_fills else "through",
    }


def _store(wish: Wish, spec: Mapping[str, Any]) -> ChunkStore:
    if wish.out is None:
        return NotKept()
    folder = SweepFolder(wish.out)
    folder.begin(spec, overwrite=wish.overwrite)
    return folder


def _run(
    wish: Wish,
    asked: tuple[Search, Sequence[Variant]],
    played: Sequence[PlayedCoin],
    given: tuple[Pool, Work, ChunkStore, str],
) -> list[Tried]:
    (search, batch), (pool, work, store, sweep_sha256) = asked, given
    candles = [(each.history.coin, len(each.history.base)) for each in played]
    total = wish.trials if wish.search == "bayes" else len(search.sound.variants)
    found: list[Tried] = []
    with SweepProgress(total * len(candles)) as progress:
        run = ChunkRun(pool, work, store, progress.tell)
        while batch:
            made = _batch(run, sweep_sha256, batch, candles)
            search.tell([worth(each.dated) for each in made])
            found += made
            batch = search.ask()
    return found


def _batch(
    run: ChunkRun, sweep_sha256: str, batch: Sequence[Variant], candles: Sequence[tuple[str, int]]
) -> list[Tried]:
    chunks: list[Chunk] = chunks_of(sweep_sha256, batch, candles)
    trades: dict[str, ChunkTrades] = run.run(chunks)
    return tried(batch, chunks, trades)


def _judged(
    wish: Wish,
    asked: tuple[dict[str, Any], Search, KeptBack],
    played: Sequence[PlayedCoin],
    variants: Sequence[Tried],
) -> SweepResult:
    spec, search, kept = asked
    span = int(spec["since"]), kept.until
    lineage = [each.lineage(*span) for each in played]
    settings = _settings(wish, span, lineage)
    trials = _counted(settings, lineage, variants, span)
    market = Market(tuple(ended(each.history, kept.until) for each in played), *span)
    simulation = SimulationRules(settings.costs, touch=wish.touch_fills)
    standard = Standard(
        span,
        wish.folds,
        wish.seed,
        objection_to(settings, lineage),
        at_random=lambda rule: at_random(rule, market, simulation, wish.seed),
    )
    with pandas_let_in():  # arch, for the best of many, stands on it
        found = findings(variants, trials, standard)
    return SweepResult(
        spec=spec,
        span=span,
        tried=tuple(variants),
        sound=search.sound,
        findings=found,
        hold_outs=kept.uses,
        warnings=(*kept.warnings, *(_BAYES if wish.search == "bayes" else ())),
        hold=held(market.histories, span, settings.costs),
    )


def _settings(wish: Wish, span: tuple[int, int], lineage: Sequence[CandleLineage]) -> Settings:
    return Settings(
        equity=Decimal(0),  # each variant is traded alone, without an account
        since=span[0],
        until=span[1],
        coins=tuple(each.coin for each in lineage),
        rules=(),
        costs=CostModel() if wish.has_costs else FREE,
        intrabar="pessimistic",
        fills="touch" if wish.touch_fills else "through",
    )


def _counted(
    settings: Settings,
    lineage: Sequence[CandleLineage],
    variants: Sequence[Tried],
    span: tuple[int, int],
) -> TrialsSoFar:
    """Every backtest goes into the ledger before anybody sees which is the best."""
    terms = {each.coin: terms_sha256(settings, [each]) for each in lineage}
    trials = [trial for each in variants for trial in trials_of(each, span, terms)]
    return trial_ledger().record(trials, _now())


def _sha256(spec: Mapping[str, Any]) -> str:
    return hashlib.sha256(repr(sorted(spec.items())).encode()).hexdigest()


def _now() -> int:
    return time.time_ns() // 1_000_000
