"""Facts that many variants of a rule share, detected once and kept while there is room."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from hyperbot.detection.compiled_rules import Group
from hyperbot.detection.facts import Facts

MOST_BYTES = 500_000_000
"""1.3 million candles: the facts of one take 0.38 kB for each timeframe and set of parameters"""


class FactKey(NamedTuple):
    """Of which candles, detected how."""

    coin: str
    group: Group


class FactShelf:
    """The facts used last, as many as fit; one set stays even where it is larger than all room."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._kept: OrderedDict[FactKey, Facts] = OrderedDict()

    def facts(self, key: FactKey, detect: Callable[[], Facts]) -> Facts:
        """Those of `key`, detected now if they are not there."""
        found = self._kept.pop(key, None)
        if found is None:
            found = detect()
            self._make_room(_bytes(found))
        self._kept[key] = found
        return found

    def _make_room(self, wanted: int) -> None:
        held = sum(map(_bytes, self._kept.values()))
        while self._kept and held + wanted > self._most:
            held -= _bytes(self._kept.popitem(last=False)[1])


def _bytes(facts: Facts) -> int:
    return sum(store.nbytes for store in facts.stores.values())
