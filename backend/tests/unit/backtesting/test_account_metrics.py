"""Numbers of the account: by hand, and against a slow search for the deepest fall."""

import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperbot.backtesting.account_metrics import (
    account_stats,
    daily_returns,
    deepest_drawdown,
    sharpe,
    sortino,
)
from result_builders import BEGIN, DAY, HOUR, curve


def grown(returns, start=1000.0):
    return curve(start * np.cumprod([1.0, *(1 + each for each in returns)]))


def test_sharpe_and_sortino_of_returns_by_hand():
    returns = [0.01, -0.005, 0.02, 0.0, -0.01] * 8
    told = account_stats(grown(returns))
    mean = statistics.mean(returns)
    assert told.sharpe == pytest.approx(mean / statistics.stdev(returns) * 365**0.5)
    downside = (sum(min(each, 0) ** 2 for each in returns) / 40) ** 0.5
    assert told.sortino == pytest.approx(mean / downside * 365**0.5)


def test_a_year_that_doubles():
    told = account_stats(curve(np.linspace(1000, 2000, 366)))
    assert told.total_return == 1
    assert told.cagr == pytest.approx(1)
    assert told.max_drawdown is None
    assert told.calmar is None
    assert told.sortino is None  # no day lost
    assert told.longest_drawdown_days == 0


def test_calmar_is_the_yearly_return_per_deepest_fall():
    told = account_stats(curve([*np.linspace(1000, 1200, 100), 900, *np.linspace(900, 1100, 265)]))
    assert told.max_drawdown.share == pytest.approx(0.25)
    assert told.calmar == pytest.approx(0.1 / 0.25)


def test_less_than_thirty_days_tell_nothing_per_year():
    told = account_stats(grown([0.01, -0.01] * 14))
    assert (told.days, told.cagr, told.sharpe, told.sortino, told.calmar) == (28, *[None] * 4)


def test_an_account_that_never_moved_has_no_ratios():
    told = account_stats(curve([1000.0] * 100))
    assert (told.total_return, told.cagr, told.sharpe, told.sortino) == (0, 0, None, None)


def test_an_account_that_lost_all():
    told = account_stats(curve([*[1000.0] * 40, -5.0]))
    assert (told.cagr, told.sharpe) == (-1, None)
    assert told.max_drawdown.share == pytest.approx(1.005)


def test_returns_are_those_of_whole_days():
    hourly = curve([100.0] * 10 + [110.0] * 24 + [121.0] * 24, step=HOUR)
    assert daily_returns(hourly) == pytest.approx([0.1, 0.1])
    late = curve([1.0, 2.0, 3.0, 4.0], step=16 * HOUR)  # 0:00, 16:00, 8:00, 0:00
    assert daily_returns(late) == pytest.approx([1.0, 1.0])
    assert daily_returns(curve([100.0])).size == 0


def test_the_deepest_fall_with_its_recovery():
    told = deepest_drawdown(curve([100, 120, 90, 110, 120, 130, 125]))
    assert (told.share, told.amount) == (0.25, 30)
    assert [(at - BEGIN) // DAY for at in (told.peak_at, told.trough_at)] == [1, 2]
    assert (told.recovered_at - BEGIN) // DAY == 4
    assert told.days == 3


def test_a_fall_not_recovered_lasts_to_the_end():
    told = deepest_drawdown(curve([100, 80, 90]))
    assert (told.recovered_at, told.days) == (None, 2)


@pytest.mark.parametrize(
    ("equity", "days"),
    [([1, 2, 3], 0), ([3, 2, 1], 2), ([3, 2, 3, 3, 2, 2, 4, 1], 3), ([2, 2, 1], 1), ([5], 0)],
)
def test_the_longest_time_below_a_peak(equity, days):
    assert account_stats(curve(equity)).longest_drawdown_days == days


def test_exposure_is_per_equity():
    told = account_stats(curve([1000.0] * 4, exposure=500.0))
    assert (told.time_in_market, told.mean_exposure) == (1, 0.5)


@given(st.lists(st.floats(1, 1e6), min_size=1, max_size=50))
def test_the_deepest_fall_is_the_deepest_of_all_pairs(equity):
    slow = max(1 - low / high for row, high in enumerate(equity) for low in equity[row:])
    found = deepest_drawdown(curve(equity))
    assert (found.share if found else 0) == pytest.approx(slow, abs=1e-12)


@given(st.lists(st.floats(-0.9, 2), max_size=80))
def test_no_ratio_is_ever_nan(returns):
    for told in (sharpe(np.array(returns)), sortino(np.array(returns))):
        assert told is None or np.isfinite(told)
