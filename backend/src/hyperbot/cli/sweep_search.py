"""A search that learns where to look: optuna's TPE, asked in batches so that it can be repeated."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import Any

from hyperbot.backtesting.parameter_space import (
    Changes,
    ParameterSpace,
    Sound,
    Span,
    Value,
    Variant,
    Vary,
)
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.rule_errors import InvalidRule

BATCH = 16
"""variants that are proposed before the first of them is known: always so many, however many
workers there are, or each number of workers would find something else"""
_RULE = "rule"


class BayesSearch:
    """Proposes variants by Parzen estimators in a tree. Raises InvalidInput without optuna."""

    def __init__(self, space: ParameterSpace, trials: int, seed: str) -> None:
        try:
            import optuna  # noqa: PLC0415 - an extra, and slow to import
        except ImportError as error:
            raise InvalidInput(
                "--search bayes needs optuna: install it with `pip install 'hyperbot[bayes]'`"
            ) from error
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        begin = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4])
        self._study = optuna.create_study(
            direction="maximize", sampler=optuna.samplers.TPESampler(seed=begin)
        )
        self._failed: Any = optuna.trial.TrialState.FAIL
        self._space, self._left = space, trials
        self._asked: list[tuple[Any, Variant]] = []
        self._worths: dict[tuple[str, str], float] = {}
        self.sound = Sound([], {})

    def ask(self) -> Sequence[Variant]:
        """The next batch; empty when all trials were asked for."""
        while self._left and not self._asked:
            count = min(BATCH, self._left)
            self._left -= count
            for _ in range(count):
                self._propose()
        return [variant for _, variant in self._asked]

    def tell(self, worths: Sequence[float]) -> None:
        """In the order in which they were asked for."""
        for (trial, variant), worth in zip(self._asked, worths, strict=True):
            self._worths[variant.rule.id, variant.sha256] = worth
            self._answer(trial, worth)
        self._asked.clear()

    def _propose(self) -> None:
        trial = self._study.ask()
        ids = [rule.id for rule in self._space.rules]
        rule = str(trial.suggest_categorical(_RULE, ids)) if len(ids) > 1 else ids[0]
        changes: Changes = tuple(
            (each.path, _suggested(trial, each)) for each in self._space.varied[rule]
        )
        try:
            variant = self._space.variant(rule, changes)
        except InvalidRule as error:
            self.sound.refuse(rule, error)
            self._study.tell(trial, state=self._failed)
            return
        key = rule, variant.sha256
        if key in self._worths or any(key == (v.rule.id, v.sha256) for _, v in self._asked):
            self.sound.repeated += 1
            self._answer(trial, self._worths.get(key, math.nan))
            return
        self._asked.append((trial, variant))
        self.sound.variants.append(variant)

    def _answer(self, trial: Any, worth: float) -> None:  # noqa: ANN401 - optuna's
        if math.isnan(worth):
            self._study.tell(trial, state=self._failed)
        else:
            self._study.tell(trial, worth)


def _suggested(trial: Any, vary: Vary) -> Value:  # noqa: ANN401 - optuna's
    if not isinstance(vary.values, Span):
        chosen: Value = trial.suggest_categorical(vary.name, vary.values)
        return chosen
    low, high = vary.values
    if isinstance(low, int) and isinstance(high, int):
        return int(trial.suggest_int(vary.name, low, high))
    return vary.values.at((trial.suggest_float(vary.name, low, high) - low) / (high - low))
