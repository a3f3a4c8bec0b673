import pytest

from hyperbot.charting.wording import UNKNOWN, day_of, interval, minute_of, written


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.1234, "share", "12.3 %"),
        (0.1234, "change", "+12.3 %"),
        (-0.5, "change", "\N{MINUS SIGN}50.0 %"),
        (1.005, "ratio", "1.00"),
        (-0.25, "R", "\N{MINUS SIGN}0.25 R"),
        (1657, "count", "1,657"),
        (131.3, "days", "131 days"),
        (10_000, "money", "10,000.00"),
        (0.0, "change", "0.0 %"),
        (-0.0004, "R", "0.00 R"),
        (None, "share", UNKNOWN),
        (None, "money", UNKNOWN),
    ],
)
def test_numbers_have_their_unit_and_a_true_minus(value, unit, text):
    assert written(value, unit) == text


def test_a_difference_has_a_sign():
    assert written(12, "count", is_difference=True) == "+12"
    assert written(0.02, "change", is_difference=True) == "+2.0 %"


def test_an_interval_needs_both_ends():
    assert interval(-0.1, 0.25, "R") == "\N{MINUS SIGN}0.10 to +0.25 R"
    assert interval(None, 0.25, "R") == ""
    assert interval(0.1, None, "R") == ""


def test_moments_are_in_utc():
    assert day_of(1_735_689_600_000) == "2025-01-01"
    assert minute_of(1_735_689_600_000 + 3_660_000) == "2025-01-01 01:01"
