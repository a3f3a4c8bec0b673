"""A market entry is for the market that was seen, not for one after a gap in time."""

from __future__ import annotations

import pytest

from exchange_builders import Story, drive, exchange, fills, silent
from hyperbot.domain.events import OrderCancelled

MINUTE_MS = 60_000


@pytest.mark.parametrize(("minutes", "is_filled"), [(15, True), (16, False)])
def test_an_entry_that_no_candle_follows_is_taken_back(minutes, is_filled):
    story, market = Story(1), exchange(stale_after_ms=15 * MINUTE_MS)
    enter = story.enter("market", None)
    market.perform(enter)
    late = story.bar(enter.at + minutes * MINUTE_MS, 100, 101, 99, 100)
    events = drive(market, [late], silent)
    assert bool(fills(events)) == is_filled
    cancelled = [event for event in events if isinstance(event, OrderCancelled)]
    assert [event.reason for event in cancelled] == ([] if is_filled else ["stale"])
    assert bool(market.positions) == is_filled


def test_left_alone_an_entry_waits_for_its_candle():
    story, market = Story(1), exchange()
    enter = story.enter("market", None)
    market.perform(enter)
    later = story.bar(enter.at + 10_000 * MINUTE_MS, 100, 101, 99, 100)
    assert fills(drive(market, [later], silent))
