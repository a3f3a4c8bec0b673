"""What a sweep keeps back: the end of its span, locked until it is opened once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hyperbot.backtesting.evidence import HoldOutUse
from hyperbot.backtesting.hold_out import ends_before, overlap, written
from hyperbot.backtesting.trials import HoldOut
from hyperbot.cli.backtest_market import PlayedCoin
from hyperbot.storage.trial_ledger import TrialLedger


@dataclass(frozen=True, slots=True)
class KeptBack:
    """Where the sweep ends, and which stretches are locked so that it must."""

    until: int
    to_lock: tuple[HoldOut, ...]
    uses: tuple[HoldOutUse, ...]
    warnings: tuple[str, ...]


def kept_back(
    ledger: TrialLedger, played: Sequence[PlayedCoin], span: tuple[int, int], share: float
) -> KeptBack:
    """The last `share` of the span, and what was locked before. Raises InvalidInput.

    A coin that has a locked hold-out within the span keeps that one and gets no second one; time
    that was opened before cannot be locked again.
    """
    since, until = span
    base = played[0].history.base.timeframe
    begin = since + int((until - since) * (1 - share))
    begin -= (begin - base.origin_ms) % base.ms
    all_known = [(each, opened) for each, opened, _ in ledger.hold_outs()]
    new, uses, warnings, ends = [], [], [], [until]
    for coin in (each.history.coin for each in played):
        own = [(known, at) for known, at in all_known if known.coin == coin]
        locked = [known for known, at in own if at is None]
        end, clipping = ends_before(locked, [coin], span, base)
        uses += [HoldOutUse(coin, known.since, known.until) for known in clipping]
        ends.append(end)
        if clipping or not share:
            continue
        wanted = HoldOut(coin, begin, until)
        if any(overlap(wanted, known) for known, _ in own):
            warnings.append(f"the hold-out of {coin} was opened before: nothing of it is kept back")
            continue
        new.append(wanted)
        uses.append(HoldOutUse(coin, begin, until))
        ends.append(begin)
    warnings += [
        f"trials before this sweep may have seen the hold-out of {written(each)}"
        for each in ledger.already_played(new)
    ]
    return KeptBack(min(ends), tuple(new), tuple(uses), tuple(warnings))
