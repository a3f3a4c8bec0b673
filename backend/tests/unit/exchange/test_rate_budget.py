"""No minute, wherever it begins, holds more weight than Hyperliquid grants."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hyperbot.exchange.rate_budget import RateBudget
from stand_in_hyperliquid import HandClock


async def _spend(budget: RateBudget, clock: HandClock, weight: float) -> None:
    while seconds := budget.seconds_until(weight):
        await clock.sleep(seconds)
    budget.spend(weight)


@given(
    st.lists(
        st.tuples(st.integers(1, 104), st.sampled_from([0.0, 0.0, 0.5, 30.0, 200.0])), max_size=80
    )
)
async def test_no_minute_holds_more_than_its_weight(spending: list[tuple[int, float]]):
    clock = HandClock(0)
    budget = RateBudget(clock, weight_per_minute=1200)
    spent: list[tuple[float, int]] = []
    for weight, pause in spending:
        await clock.sleep(pause)
        await _spend(budget, clock, weight)
        now = clock.monotonic_seconds()
        spent.append((now, weight))
        assert sum(weight for at, weight in spent if at > now - 60) <= 1200


async def test_spending_goes_on_at_half_the_pace_after_a_burst():
    clock = HandClock(0)
    budget = RateBudget(clock, weight_per_minute=1200)
    for _ in range(30):
        await _spend(budget, clock, 20)
    assert clock.monotonic_seconds() == 0
    await _spend(budget, clock, 100)
    assert 9.9 < clock.monotonic_seconds() < 10.1


async def test_weight_that_was_not_used_comes_back():
    clock = HandClock(0)
    budget = RateBudget(clock, weight_per_minute=1200)
    budget.spend(600)
    budget.spend(-100)
    assert budget.seconds_until(100) == 0
    assert budget.seconds_until(101) > 0


async def test_after_a_refusal_the_budget_begins_from_nothing():
    clock = HandClock(0)
    budget = RateBudget(clock, weight_per_minute=1200)
    budget.empty()
    assert 9.9 < budget.seconds_until(100) < 10.1


def test_more_than_ever_fits_waits_for_a_full_budget_and_not_for_ever():
    clock = HandClock(0)
    budget = RateBudget(clock, weight_per_minute=1200)
    assert budget.seconds_until(5000) == 0
