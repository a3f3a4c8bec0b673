"""What a backtest proves: measured on both cores, counted in the ledger, hold-outs kept back."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hyperbot.domain.errors import InvalidInput

if TYPE_CHECKING:  # numpy and numba are imported when there is work for them
    from hyperbot.backtesting.coin_alone import CoinAlone
    from hyperbot.backtesting.evidence import HoldOutUse
    from hyperbot.backtesting.report import BacktestResult
    from hyperbot.backtesting.significance import Measured, Subject
    from hyperbot.backtesting.simulation import SimulationRules
    from hyperbot.backtesting.trials import HoldOut
    from hyperbot.domain.market import Timeframe
    from hyperbot.storage.trial_ledger import TrialLedger

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class KeptBack:
    """What the hold-outs leave of a span, and which of them are opened now."""

    until: int
    """before which candles open"""
    ledger: TrialLedger
    """read once: a long one takes a second"""
    opened: tuple[HoldOut, ...] = ()
    uses: tuple[HoldOutUse, ...] = ()
    """all that concern the run"""
    objection: str = ""
    """why the run proves nothing, whatever it finds"""

    def judged_from(self) -> tuple[int, str] | None:
        """From when on the run can prove something, and why; None if nothing is opened.

        Where coins were kept back from different moments on, that is the last of them: what came
        before could be seen in some.
        """
        if not self.opened:
            return None
        since = max(each.since for each in self.opened)
        from hyperbot.cli.candle_arguments import write_moment  # noqa: PLC0415 - numpy

        return since, (
            f"it was kept back from {write_moment(since)} on and is looked at once, now, so only"
            " what came later can prove it"
        )


def respect_hold_outs(
    coins: Sequence[str], span: tuple[int, int], base: Timeframe, *, opens: bool
) -> KeptBack:
    """Keep a run on `base` candles out of locked hold-outs of its coins, or open them for it.

    Raises InvalidInput where nothing is left, and for opening where a coin has none locked.
    """
    from hyperbot.backtesting.evidence import HoldOutUse  # noqa: PLC0415 - only to work
    from hyperbot.backtesting.hold_out import ends_before, same_coin  # noqa: PLC0415 - pydantic
    from hyperbot.wiring import trial_ledger  # noqa: PLC0415 - only to work

    ledger = trial_ledger()
    known = [
        (each, opened_for)
        for each, _, opened_for in ledger.hold_outs()
        if any(same_coin(each.coin, coin) for coin in coins)
    ]
    uses = tuple(
        HoldOutUse(each.coin, each.since, each.until, ", ".join(opened_for))
        for each, opened_for in known
    )
    locked = [each for each, opened_for in known if not opened_for]
    if not opens:
        return KeptBack(ends_before(locked, coins, span, base)[0], ledger, (), uses)
    opened = _to_open(known, coins, span)
    until = min([span[1], *(each.until for each in opened if each.until is not None)])
    until -= (until - base.origin_ms) % base.ms if until < span[1] else 0
    if until <= max(each.since for each in opened):
        raise InvalidInput(
            "--open-hold-out: there is no time in which all of these coins are kept back: open"
            " them one by one, with --coins"
        )
    seen = [each.coin for each in ledger.already_played(opened)]
    told = f"trials had already seen some of what was kept back of {', '.join(seen)}"
    return KeptBack(until, ledger, opened, uses, told if seen else "")


def _to_open(
    known: Sequence[tuple[HoldOut, Sequence[str]]], coins: Sequence[str], span: tuple[int, int]
) -> tuple[HoldOut, ...]:
    """The one locked stretch of each coin that the span reaches. Raises InvalidInput."""
    from hyperbot.backtesting.hold_out import same_coin, written  # noqa: PLC0415 - pydantic

    reached = [
        (each, opened_for)
        for each, opened_for in known
        if each.since < span[1] and (each.until is None or span[0] < each.until)
    ]
    locked = tuple(each for each, opened_for in reached if not opened_for)
    if not locked:
        spent = [(each, opened_for) for each, opened_for in reached if opened_for]
        raise InvalidInput(
            f"--open-hold-out: {written(spent[0][0])} was opened before, for"
            f" {', '.join(spent[0][1])}: there is no second look"
            if spent
            else "--open-hold-out: nothing is kept back of these coins in this span, so there is"
            " nothing to open: see `hyperbot hold-out list`"
        )
    kept = [each.coin for each in locked]
    if open_ones := [c for c in coins if not any(same_coin(c, each) for each in kept)]:
        raise InvalidInput(
            f"--open-hold-out: nothing is kept back of {', '.join(open_ones)}, whose past proves"
            f" nothing any more: play only what is, with --coins {','.join(sorted(set(kept)))}"
        )
    if len(kept) > len({each.casefold() for each in kept}):
        raise InvalidInput(
            "--open-hold-out: several stretches of a coin are kept back in this span: open one at"
            " a time, with --from and --to"
        )
    return locked


def open_hold_outs(kept: KeptBack, subjects: Sequence[Subject]) -> KeptBack:
    """Log that these rules take their one look, before it is taken, if they do.

    Raises InvalidInput if someone was faster.
    """
    if not kept.opened:
        return kept
    rules = {each.rule: each.sha256 for each in subjects}
    kept.ledger.open_hold_outs(kept.opened, rules, _now())
    opened = {(each.coin, each.since) for each in kept.opened}
    names = ", ".join(rules)
    uses = (
        replace(use, opened_for=names) if (use.coin, use.since) in opened else use
        for use in kept.uses
    )
    return replace(kept, uses=tuple(uses))


def embargoed(subjects: Sequence[Subject], kept: KeptBack) -> list[Subject]:
    """The rules, judged on what was kept back if that is opened now."""
    judged = kept.judged_from()
    if judged is None:
        return list(subjects)
    since, reason = judged
    return [
        each
        if each.embargo is not None and each.embargo >= since
        else each._replace(embargo=since, embargo_reason=reason)
        for each in subjects
    ]


def measured(
    subjects: Sequence[Subject],
    coins: Sequence[CoinAlone],
    span: tuple[int, int],
    simulation: SimulationRules,
    progress: Progress,
) -> list[Measured]:
    """Measure each rule: every second one beside, on another core."""
    from hyperbot.backtesting.beside import beside  # noqa: PLC0415 - only to work
    from hyperbot.backtesting.significance import Standards, measure  # noqa: PLC0415 - scipy

    standards = Standards()

    def one(subject: Subject) -> Measured:
        return measure(subject, coins, span, simulation, standards)

    others = beside(lambda: [one(subject) for subject in subjects[1::2]])
    found: list[Measured] = []
    for subject in subjects[::2]:
        progress("measuring each rule", 2 * len(found) / len(subjects))
        found.append(one(subject))
    both: list[Measured] = [*found]
    for place, other in enumerate(others()):
        both.insert(2 * place + 1, other)
    return both


def with_evidence(
    result: BacktestResult,
    measurements: Sequence[Measured],
    kept: KeptBack,
) -> BacktestResult:
    """The result with its verdicts, after its trials were counted. Raises InvalidInput."""
    from hyperbot.backtesting.inquiry import (  # noqa: PLC0415 - scipy
        inquire,
        objection_to,
        trials_of,
    )
    from hyperbot.backtesting.significance import Standards  # noqa: PLC0415 - scipy
    from hyperbot.backtesting.verdict import Circumstances  # noqa: PLC0415 - scipy

    trials = trials_of(measurements, result.settings, result.lineage)
    so_far = kept.ledger.record(trials, _now())
    objection = objection_to(result.settings, result.lineage) or kept.objection
    circumstances = Circumstances(Standards(), so_far, objection)
    return replace(
        result,
        alone=tuple(each.alone for each in measurements),
        evidence=inquire(result, measurements, circumstances, kept.uses),
    )


def _now() -> int:
    return time.time_ns() // 1_000_000
