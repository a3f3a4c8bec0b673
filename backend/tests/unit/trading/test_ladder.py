from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperbot.domain.instruments import MINIMUM_NOTIONAL
from hyperbot.trading.ladder import Opened, slices
from trade_builders import instrument, plan, signal, targets

RULES = instrument()


def ladder(rungs, size="10", price="100", side=1, last_level=None, distance=2):
    level = None if last_level is None else Decimal(last_level)
    given = signal(side=side, plan=plan(targets=targets(*rungs)), last_level=level)
    opened = Opened(Decimal(size), Decimal(price), Decimal(price) - side * Decimal(distance))
    return [
        (rung.number, rung.size, rung.price, rung.then) for rung in slices(given, RULES, opened)
    ]


HALVES = [(1, "0.5", "breakeven"), (2, "0.5")]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"rungs": HALVES}, [(1, 5, 102, "breakeven"), (2, 5, 104, "none")]),
        ({"rungs": HALVES, "side": -1}, [(1, 5, 98, "breakeven"), (2, 5, 96, "none")]),
        # rounded down to lots, the rest to the last
        (
            {"rungs": HALVES, "size": "1.001"},
            [(1, "0.5", 102, "breakeven"), (2, "0.501", 104, "none")],
        ),
        # the level comes before the second target, or before both
        ({"rungs": HALVES, "last_level": 103}, [(1, 5, 102, "breakeven"), (2, 5, 103, "none")]),
        ({"rungs": HALVES, "last_level": 101}, [(2, 10, 101, "breakeven")]),
        # a level on the wrong side of the entry does not count
        ({"rungs": HALVES, "last_level": 99}, [(1, 5, 102, "breakeven"), (2, 5, 104, "none")]),
        ({"rungs": [(None, "1")], "last_level": 103}, [(1, 10, 103, "none")]),
        ({"rungs": [(None, "1")], "last_level": 99}, []),
        # a level only target whose level is gone joins the one before
        ({"rungs": [(1, "0.5"), (None, "0.5")], "last_level": 99}, [(1, 10, 102, "none")]),
        # too small: to the next, the last to the one before, all of it is exempt
        ({"rungs": [(1, "0.05", "breakeven"), (2, "0.95")], "size": "1"}, [(2, 1, 104, "none")]),
        ({"rungs": [(1, "0.95"), (2, "0.05")], "size": "1"}, [(1, 1, 102, "none")]),
        ({"rungs": HALVES, "size": "0.05"}, [(2, "0.05", 104, "none")]),
        ({"rungs": HALVES, "size": "0.001"}, [(2, "0.001", 104, "none")]),
    ],
)
def test_ladders(arguments, expected):
    found = ladder(**arguments)
    assert found == [(n, Decimal(size), Decimal(price), then) for n, size, price, then in expected]


def test_targets_are_rounded_toward_the_entry_but_stay_beyond_it():
    assert ladder([(1, "1")], price="100.005", distance="0.0001")[0][2] > Decimal("100.005")
    assert ladder([(1, "1")], price="100.005", distance="0.0001", side=-1)[0][2] < Decimal(
        "100.005"
    )
    assert ladder([(1, "1")], price="100.005")[0][2] == Decimal("102.00")


def test_a_short_never_has_a_target_at_or_below_zero():
    assert ladder([(8, "1")], side=-1, distance=20)[0][2] == Decimal("0.001")


@st.composite
def plans(draw):
    count = draw(st.integers(1, 5))
    parts = draw(st.lists(st.integers(1, 20), min_size=count, max_size=count))
    rs = sorted(draw(st.sets(st.integers(1, 80), min_size=count, max_size=count)))
    shares = [Decimal(part) / sum(parts) for part in parts[:-1]]
    shares.append(1 - sum(shares, Decimal(0)))
    steps = ["none", "breakeven", "trail"]
    rungs = [
        (Decimal(r) / 10, share, draw(st.sampled_from(steps)))
        for r, share in zip(rs, shares, strict=True)
    ]
    if draw(st.booleans()):
        rungs[-1] = (None, *rungs[-1][1:])
    return rungs


@given(
    plans(),
    st.sampled_from([1, -1]),
    st.decimals("0.001", "1000", places=3),
    st.decimals("0.5", "90000", places=3),
    st.integers(5, 2000),
    st.none() | st.decimals("0.8", "1.2", places=4),
)
def test_ladders_add_up_and_every_slice_is_a_legal_order(rungs, side, size, price, basis, level):
    distance = price * basis / 10_000
    last_level = None if level is None else price * level
    found = ladder(rungs, size, price, side, last_level, distance)
    if not found:
        return
    numbers, sizes, prices, _ = zip(*found, strict=True)
    assert sum(sizes) == size
    assert all(part > 0 and part == RULES.round_size(part) for part in sizes)
    assert all(target == RULES.round_price(target, 0) > 0 for target in prices)
    assert all(side * (target - price) > 0 for target in prices)
    assert list(prices) == sorted(set(prices), reverse=side < 0)
    assert list(numbers) == sorted(set(numbers))
    if len(found) > 1:
        assert all(
            part * target >= MINIMUM_NOTIONAL for part, target in zip(sizes, prices, strict=True)
        )
    if last_level is not None and side * (RULES.round_price(last_level, -side) - price) > 0:
        assert all(side * (last_level - target) >= 0 for target in prices)
