"""In which order variants are tried: all of them, some by chance, or as a search proposes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from hyperbot.backtesting.parameter_space import (
    MOST_VARIANTS,
    Changes,
    ParameterSpace,
    Sound,
    Span,
    Value,
    Variant,
    Vary,
    sound_variants,
)
from hyperbot.domain.errors import InvalidInput
from hyperbot.statistics.chance import seeded

DRAWS_A_TRIAL = 20
"""combinations that are drawn for each variant wanted, before it is said that there are too few"""


class Search(Protocol):
    """Asks for variants batch by batch and is told what each was worth, in the same order."""

    @property
    def sound(self) -> Sound:
        """All variants so far, and what was refused."""

    def ask(self) -> Sequence[Variant]:
        """The next batch; empty at the end."""

    def tell(self, worths: Sequence[float]) -> None:
        """What the variants of the last batch were worth; nan: they did not trade."""


class OneBatch:
    """Variants that are known before the first is tried."""

    def __init__(self, sound: Sound) -> None:
        self.sound = sound
        self._left = tuple(sound.variants)

    def ask(self) -> Sequence[Variant]:
        """All of them, once."""
        batch, self._left = self._left, ()
        return batch

    def tell(self, worths: Sequence[float]) -> None:
        """Nothing is learnt."""


def grid(space: ParameterSpace) -> OneBatch:
    """Every combination. Raises InvalidInput where there is no end of them."""
    if space.size is None:
        raise InvalidInput(
            "--vary names a range (..): a grid needs steps such as 0.1:0.5:0.1, or take "
            "--search random"
        )
    if space.size > MOST_VARIANTS:
        raise InvalidInput(
            f"--vary makes {space.size:,} combinations, at most {MOST_VARIANTS:,} are tried: vary "
            "less, or take --search random"
        )
    return OneBatch(sound_variants(space, space.grid()))


def by_chance(space: ParameterSpace, trials: int, seed: str) -> OneBatch:
    """`trials` variants drawn evenly, each once; fewer where there are no more."""
    draws = _draws(space, DRAWS_A_TRIAL * trials, seed)
    return OneBatch(sound_variants(space, draws, trials))


def _draws(space: ParameterSpace, count: int, seed: str) -> Iterator[tuple[str, Changes]]:
    chance = seeded("sweep", seed)
    for place in range(count):
        rule = space.rules[place % len(space.rules)].id
        yield (
            rule,
            tuple((each.path, _drawn(each, chance.uniform())) for each in space.varied[rule]),
        )


def _drawn(vary: Vary, share: float) -> Value:
    if isinstance(vary.values, Span):
        return vary.values.at(share)
    return vary.values[int(share * len(vary.values))]
