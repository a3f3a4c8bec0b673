import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperbot.backtesting.hold_out import allowed_until, overlap
from hyperbot.backtesting.trials import HoldOut
from hyperbot.domain.errors import InvalidInput


def stretch(since, until=None, coin="BTC"):
    return HoldOut(coin, since, until)


def test_without_hold_outs_the_span_stays():
    assert allowed_until([], ["BTC"], 10, 20) == (20, ())


@pytest.mark.parametrize(
    "elsewhere",
    [stretch(20), stretch(0, 10), stretch(15, coin="ETH")],
)
def test_a_hold_out_elsewhere_moves_nothing(elsewhere):
    assert allowed_until([elsewhere], ["BTC", "SOL"], 10, 20) == (20, ())


def test_the_span_ends_before_the_first_hold_out_of_any_coin():
    hold_outs = [stretch(18), stretch(15, 17, coin="ETH"), stretch(12, coin="SOL")]

    assert allowed_until(hold_outs, ["BTC", "ETH"], 10, 20) == (15, tuple(hold_outs[:2]))
    assert allowed_until(hold_outs, {"BTC"}, 10, 20) == (18, (hold_outs[0],))


@pytest.mark.parametrize("locked", [stretch(10), stretch(5), stretch(5, 11)])
def test_nothing_left_is_refused(locked):
    with pytest.raises(InvalidInput, match=r"BTC from .* is a locked hold-out"):
        allowed_until([stretch(18), locked], ["BTC"], 10, 20)


moments = st.integers(0, 30)
stretches = st.builds(
    stretch, moments, st.none() | moments, st.sampled_from(["BTC", "ETH"])
).filter(lambda each: each.until is None or each.since < each.until)


@given(st.lists(stretches, max_size=5), moments, moments)
def test_nothing_locked_is_ever_within_what_is_left(hold_outs, since, until):
    try:
        end, clipping = allowed_until(hold_outs, ["BTC"], since, until)
    except InvalidInput:
        assert any(overlap(each, stretch(since, since + 1)) for each in hold_outs)
        return
    assert end <= until
    assert all(not overlap(each, stretch(since, end)) for each in hold_outs if since < end)
    assert (end < until) == bool(clipping)


@given(stretches, stretches)
def test_overlap_is_what_it_says(one, other):
    def moments_in(each):
        return set(range(each.since, 40 if each.until is None else each.until))

    is_same = one.coin == other.coin
    assert overlap(one, other) == (is_same and bool(moments_in(one) & moments_in(other)))
    assert overlap(one, other) == overlap(other, one)
