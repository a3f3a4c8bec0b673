"""What is varied, and the checked rules that come of it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from hyperbot.backtesting.parameter_search import by_chance, grid
from hyperbot.backtesting.parameter_space import (
    ParameterSpace,
    Span,
    parse_vary,
    sound_variants,
)
from hyperbot.domain.errors import InvalidInput
from rule_builders import condition, rule

ONE = rule(id="one", conditions=[condition("zone"), condition("volume", within=2)])
TWO = rule(id="two", entry_type="celery", risk_params={"stop": {"beyond": "swing"}})
RULES = (ONE, TWO)


def space(*texts, rules=RULES):
    return ParameterSpace(rules, [each for text in texts for each in parse_vary(text, rules)])


def values(text):
    return parse_vary(f"one:{text}", RULES)[0].values


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("0.1,0.3,0.5", (0.1, 0.3, 0.5)),
        ("1,2", (1, 2)),
        ("swing, signal", ("swing", "signal")),
        ("true,null", (True, None)),
        ("0.1:0.5:0.1", (0.1, 0.2, 0.3, 0.4, 0.5)),
        ("2:9:3", (2, 5, 8)),
        ("07:00-10:30", ("07:00-10:30",)),
        ("0.1..0.5", Span(0.1, 0.5)),
        ("1..9", Span(1, 9)),
    ],
)
def test_values_are_choices_steps_or_a_range_and_whole_numbers_stay_whole(written, read):
    got = values(f"confluence_required.min_score={written}")
    assert got == read
    assert [type(each) for each in got] == [type(each) for each in read]


def test_a_range_gives_every_whole_number_and_four_decimals():
    assert [Span(1, 3).at(share) for share in (0.0, 0.34, 0.67, 0.999)] == [1, 2, 3, 3]
    assert Span(0.1, 0.2).at(1 / 3) == 0.1333


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("one", "write it as"),
        ("one:a", "write it as"),
        ("three:a=1", "there are one, two"),
        ("one:a=2..1", "from less to more"),
        ("one:a=1:0:1", "must go up"),
        ("one:a=0:1:0", "must go up"),
        ("one:a=0:1:0.0001", "at most 1000 steps"),
        ("one:a=1,,2", "each value once"),
        ("one:a=1,1", "each value once"),
        ("one:risk_params.stops=1", "no 'stops' there: there is risk_percent, stop"),
        ("one:conditions.2.within=1", "no '2' there: there is 0, 1"),
        ("one:entry_type.much=1", "no 'much' there: there is nothing below"),
        ("one:conditions.0.parameters.structure.no=1", "no 'structure.no' there: there is candle."),
        ("one:risk_params.targets.7.r=1", "there is 0, 1"),
    ],
)
def test_what_cannot_be_varied_is_one_sentence(text, sentence):
    with pytest.raises(InvalidInput, match="--vary") as told:
        space(text)
    assert sentence in str(told.value)
    assert "\n" not in str(told.value)


def test_the_same_place_is_not_varied_twice():
    with pytest.raises(InvalidInput, match=r"cooldown_candles of two twice"):
        space("*:risk_params.cooldown_candles=1,2", "two:risk_params.cooldown_candles=3")


def test_nothing_varied_leaves_every_rule_as_it_is():
    assert [variant.rule for variant in grid(space()).sound.variants] == list(RULES)


def test_a_grid_has_every_combination_the_last_place_fastest():
    found = grid(
        space("one:confluence_required.min_score=1,1.0", "one:risk_params.cooldown_candles=0,4")
    ).sound
    told = [(each.rule.id, each.changes) for each in found.variants[:2]]
    first, second = "confluence_required.min_score", "risk_params.cooldown_candles"
    assert told == [
        ("one", ((first, 1), (second, 0))),
        ("one", ((first, 1), (second, 4))),
    ]
    # 1.0 is 1: the other two would trade as these do
    assert found.repeated == 2
    assert [each.rule.id for each in found.variants] == ["one", "one", "two"]


def test_what_a_rule_leaves_out_begins_with_its_default():
    places = ("risk_params.stop.buffer_atr=0.3", "risk_params.targets.0.r=0.5")
    one, _ = grid(space(*(f"one:{each}" for each in places))).sound.variants
    assert one.rule.stop == ONE.stop.model_copy(update={"buffer_atr": Decimal("0.3")})
    assert [each.r for each in one.rule.targets] == [Decimal("0.5"), ONE.targets[1].r]
    celery = grid(space("two:entry_order.valid_candles=5")).sound.variants[1].rule
    assert celery.entry == TWO.entry.model_copy(update={"valid_candles": 5})


def test_parameters_of_detection_have_a_dot_in_their_names():
    made = grid(space("one:conditions.0.parameters.structure.left=2,3")).sound.variants
    got = [dict(each.rule.conditions[0].parameters) for each in made[:2]]
    assert got == [{"structure.left": 2}, {"structure.left": 3}]


def test_combinations_that_make_no_rule_are_counted_with_the_reason():
    found = grid(
        space("one:risk_params.targets.0.r=1,2,3", "*:confluence_required.min_score=0.5,2")
    )
    assert len(found.sound.variants) == 2
    reasons = found.sound.refused
    assert sum(reasons.values()) == 6
    assert "it must be more than that of the target before" in " ".join(reasons)


def test_a_grid_has_an_end():
    with pytest.raises(InvalidInput, match="a grid needs steps"):
        grid(space("one:risk_params.stop.buffer_atr=0..1"))
    many = [f"one:conditions.{place}.weight=1:60:1" for place in (0, 1)]
    with pytest.raises(InvalidInput, match=r"3,600,001 combinations"):
        grid(space(*many, "one:risk_params.cooldown_candles=0:999:1"))


def test_chance_draws_the_same_variants_for_the_same_seed_and_each_once():
    places = ("*:risk_params.stop.buffer_atr=0.0..2.0", "one:risk_params.cooldown_candles=0,1,2")
    asked = space(*places)
    one, again, other = (by_chance(asked, 40, seed).sound.variants for seed in ("a", "a", "b"))
    assert one == again
    assert one != other
    assert len({(each.rule.id, each.sha256) for each in one}) == len(one) == 40
    assert {each.rule.id for each in one} == {"one", "two"}
    assert all(0 <= each.rule.stop.buffer_atr <= 2 for each in one)


def test_chance_ends_where_there_is_nothing_new():
    found = by_chance(space("one:risk_params.cooldown_candles=0,1,2"), 40, "a").sound
    assert len(found.variants) == 4
    assert found.repeated > 0


def test_a_batch_is_asked_for_once():
    search = grid(space())
    assert len(search.ask()) == 2
    search.tell([0.0, 1.0])
    assert not search.ask()


def test_no_more_than_so_many_are_made():
    asked = space("one:risk_params.cooldown_candles=0:99:1")
    assert len(sound_variants(asked, asked.grid(), 7).variants) == 7
