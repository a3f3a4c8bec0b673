import numpy as np
import pytest

from hyperbot.charting.trade_order import QUANTILES, order_fan

RESULTS = np.array([2.0, -1.0, -1.0, 0.5, 1.5, -1.0, -1.0, 3.0, -0.5, 0.0, 1.0, -1.0])


def slow_fall(results):
    total = peak = deepest = 0.0
    for r in results:
        total += r
        peak = max(peak, total)
        deepest = max(deepest, peak - total)
    return deepest


def test_what_was_seen_is_the_deepest_fall_so_far():
    fan = order_fan(RESULTS, "seed")
    assert fan.trades == tuple(range(1, 13))
    assert fan.seen == tuple(slow_fall(RESULTS[:count]) for count in fan.trades)


def test_quantiles_are_ordered_and_never_shrink():
    rows = np.array(order_fan(RESULTS, "seed").quantiles)
    assert len(rows) == len(QUANTILES)
    assert (np.diff(rows, axis=0) >= 0).all()
    assert (np.diff(rows, axis=1) >= 0).all()


def test_the_same_seed_gives_the_same_fan():
    assert order_fan(RESULTS, "seed") == order_fan(RESULTS, "seed")
    assert order_fan(RESULTS, "seed") != order_fan(RESULTS, "other")


def test_a_first_loss_is_a_fall():
    assert order_fan(np.full(20, -1.0), "seed").seen[-1] == 20.0


def test_few_trades_tell_nothing_of_order():
    assert order_fan(RESULTS[:9], "seed") is None


def test_many_trades_are_told_at_few_places():
    fan = order_fan(np.tile(RESULTS, 100), "seed")
    assert len(fan.trades) == 60
    assert fan.trades[-1] == 1200
    assert fan.share_deeper == pytest.approx(0.5, abs=0.5)
