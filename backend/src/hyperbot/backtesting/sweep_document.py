"""A sweep as plain values: for JSON, for Parquet, and as the rule to go on with."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from hyperbot.backtesting.evidence import Benchmark, HoldOutUse
from hyperbot.backtesting.parameter_space import Changes, Sound
from hyperbot.backtesting.sweep_findings import Findings
from hyperbot.backtesting.sweep_trials import Tried, daily, mean_or_none, worth
from hyperbot.backtesting.walk_forward import Dated
from hyperbot.domain.rule_errors import parse_rule
from hyperbot.domain.rules import StrategyRule
from hyperbot.statistics.sharpe import sharpe_ratio

FORMAT, FORMAT_VERSION = "hyperbot sweep", 1
TOP = 10
LONGEST_DESCRIPTION = 4000


@dataclass(frozen=True, slots=True)
class SweepResult:
    """All that came of a sweep."""

    spec: Mapping[str, Any]
    span: tuple[int, int]
    tried: tuple[Tried, ...]
    sound: Sound
    findings: Findings
    hold_outs: tuple[HoldOutUse, ...]
    warnings: tuple[str, ...] = ()
    hold: Benchmark | None = None
    """all coins bought and kept over the span"""

    @property
    def backtests(self) -> int:
        """How many there were."""
        return sum(len(each.by_coin) for each in self.tried)


def sweep_document(result: SweepResult) -> dict[str, Any]:
    """The sweep as JSON can hold it: the same sweep gives the same document."""
    found = result.findings
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "spec": dict(result.spec),
        "variants": len(result.tried),
        "backtests": result.backtests,
        "refused": dict(sorted(result.sound.refused.items())),
        "repeated": result.sound.repeated,
        "verdict": found.verdict,
        "reasons": list(found.reasons),
        "warnings": list(result.warnings),
        "out_of_sample": asdict(found.out_of_sample),
        "in_sample_of_best": asdict(found.in_sample),
        "record_of_best": None if found.record is None else asdict(found.record),
        "trials": asdict(found.trials),
        "overfitting": found.overfitting,
        "superior_p": found.superior_p,
        "superior": found.superior,
        "random_entries_of_best": (
            None if found.random_entries is None else asdict(found.random_entries)
        ),
        "embargoed_trades": found.embargoed,
        "hold": None if result.hold is None else asdict(result.hold),
        "q_value": found.q_value,
        "embargo_ms": found.embargo_ms,
        "folds": [_fold(result, place) for place in range(len(found.steps))],
        "hold_outs": [asdict(each) for each in result.hold_outs],
        "best": [_ranked(result, place) for place in found.ranking[:TOP]],
    }


def _fold(result: SweepResult, place: int) -> dict[str, Any]:
    step = result.findings.steps[place]
    told = asdict(step)
    if step.chosen is not None:
        variant = result.tried[step.chosen].variant
        told |= {"rule": variant.rule.id, "changes": dict(variant.changes)}
    return told


def _ranked(result: SweepResult, place: int) -> dict[str, Any]:
    tried = result.tried[place]
    return {
        "rule": tried.variant.rule.id,
        "rule_sha256": tried.variant.sha256,
        "changes": dict(tried.variant.changes),
        "trades": tried.trades,
        "mean_r": tried.mean_r,
        "total_r": float(tried.dated.results.sum()),
        "sharpe": sharpe_ratio(daily(tried.dated, result.span)),
        "worth": worth(tried.dated),
        "fold_mean_r": fold_means(result, place),
    }


def fold_means(result: SweepResult, place: int) -> list[float | None]:
    """The mean R of a variant in each fold that is tested."""
    dated = result.tried[place].dated
    folds = (step.fold for step in result.findings.steps)
    return [mean_or_none(dated.results[fold.test(dated.entries)]) for fold in folds]


def trial_rows(result: SweepResult) -> list[dict[str, Any]]:
    """Every backtest as a row: variants in the order in which they were tried, coin by coin."""
    return [row for tried in result.tried for row in _rows(result, tried)]


def _rows(result: SweepResult, tried: Tried) -> list[dict[str, Any]]:
    rows = []
    for coin, trades in sorted(tried.by_coin.items()):
        dated = Dated(trades.entry, trades.exit, trades.net)
        tests = [step.fold.test(dated.entries) for step in result.findings.steps]
        rows.append(
            {
                "rule": tried.variant.rule.id,
                "rule_sha256": tried.variant.sha256,
                "changes": json.dumps(dict(tried.variant.changes), ensure_ascii=False),
                "coin": coin,
                "signals": trades.signals,
                "trades": int(trades.net.size),
                "pending": trades.pending,
                "mean_r": mean_or_none(trades.net),
                "total_r": float(trades.net.sum()),
                "sharpe": sharpe_ratio(daily(dated, result.span)),
                "fold_trades": [int(np.count_nonzero(mask)) for mask in tests],
                "fold_total_r": [float(trades.net[mask].sum()) for mask in tests],
            }
        )
    return rows


def best_rule(result: SweepResult) -> StrategyRule | None:
    """The best variant as a candidate that says where it comes from; None without trades."""
    found = result.findings
    if found.best is None:
        return None
    variant = result.tried[found.best].variant
    said = f"{_origin(found, variant.changes)}\n\n{variant.rule.description}".strip()
    changed = {
        "status": "candidate",
        "version": variant.rule.version + 1,
        "description": said[:LONGEST_DESCRIPTION],
    }
    return parse_rule(variant.rule.model_dump() | changed)


def _origin(found: Findings, changes: Changes) -> str:
    what = changes_said(changes) or "nothing changed"
    deflated = ""
    if found.record is not None:
        deflated = f" (deflated Sharpe probability {100 * found.record.deflated:.1f} %)"
    return f"Best of {found.trials.variants:,} trials{deflated}, so chosen with luck: {what}."


def changes_said(changes: Changes) -> str:
    """What was varied, in one line."""
    return ", ".join(f"{path} = {value}" for path, value in changes)


def variants_said(tried: Sequence[Tried]) -> str:
    """`24 variants of 3 rules`."""
    rules = len({each.variant.rule.id for each in tried})
    return (
        f"{len(tried):,} {'variant' if len(tried) == 1 else 'variants'} of {rules} "
        f"{'rule' if rules == 1 else 'rules'}"
    )
