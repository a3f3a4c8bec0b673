import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from candle_builders import JANUARY_2025, as_columns
from candle_file_writers import write_parquet
from candle_strategies import market
from fact_builders import empty_facts, facts_with
from hyperbot.cli.detection_summary import PatternCount, PhaseShare, SidedCount, summed_up
from hyperbot.cli.main import command
from hyperbot.detection import detect
from hyperbot.detection.registry import COLUMNS
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import CandleSeries
from hyperbot.wiring import candle_store

FILE = "TEST-1m.parquet"
_DRAWN = market("mixed", 5, 800)
SERIES = CandleSeries("TEST", "1m", _DRAWN.ts + JANUARY_2025, *_DRAWN.columns)


class Table(dict):
    """Columns that know how many rows they have, as `Facts` do."""

    def __len__(self):
        return self["candle.atr"].size


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("HYPERBOT_DATA_DIR", str(tmp_path / "store" / "data"))
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.chdir(tmp_path)
    write_parquet(FILE, as_columns(SERIES))
    return tmp_path


def hyperbot(*arguments):
    """What the command prints; a foreseen error is raised as `main` sees it."""
    result = CliRunner().invoke(command, list(map(str, arguments)), standalone_mode=False)
    if result.exception:
        raise result.exception
    return result.stdout


def test_the_tables_tell_every_pattern_and_the_share_of_each_phase():
    said = hyperbot("detect", "--candles", FILE)
    assert said.startswith("TEST 1m, 800 candles from 2025-01-01 00:00 to 2025-01-01 13:19 UTC")
    for column in COLUMNS:
        if column.graded:
            assert f"\n{column.name.removeprefix('candle.')} " in said
    for title in ("Entry types", "Classical patterns", "Structure", "Zones", "Market cycle"):
        assert title in said


def test_the_facts_are_written_with_their_meaning(place):
    said = hyperbot("detect", "--candles", FILE, "--out", "facts.parquet")
    assert said.endswith(
        f"facts.parquet: the facts of 800 candles, {len(empty_facts(1))} columns\n"
    )
    table = pq.read_table(place / "facts.parquet")
    expected = detect(SERIES)
    assert table.num_rows == 800
    for name in ("candle.engulfing", "structure.trend", "zone.bullish_gap.low", "cycle.phase"):
        assert np.array_equal(table[name].to_numpy(), expected[name])


def test_a_span_has_the_facts_that_its_candles_have_in_the_whole(place):
    hyperbot("detect", "--candles", FILE, "--from", "2025-01-01T10:00", "--out", "part.parquet")
    table = pq.read_table(place / "part.parquet")
    expected = detect(SERIES)
    assert np.array_equal(table["candle.atr"].to_numpy(), expected["candle.atr"][600:])


def test_json_tells_the_same(place):
    told = json.loads(hyperbot("detect", "--candles", FILE, "--json"))
    facts = detect(SERIES)
    assert (told["coin"], told["candles"], told["facts"]) == ("TEST", 800, None)
    shares = [each["share"] for each in told["phases"]]
    assert sum(shares) == pytest.approx(1, abs=1e-3)
    gaps = next(each for each in told["zones"] if each["name"] == "bearish fair value gap")
    assert gaps["known"] == int((facts["zone.fair_value_gap"] == -1).sum())


def test_synthetic_candles_are_called_so():
    candle_store().write("synthetic", SERIES[:100], synthetic=True)
    said = hyperbot("detect", "--coin", "TEST", "--timeframe", "1m")
    assert "SYNTHETIC: invented candles" in said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "say which candles"),
        (("--candles", FILE, "--out", FILE), "would overwrite the candles"),
        (("--candles", FILE, "--out", "no/such/f.parquet"), "there is no folder no/such"),
        ((FILE, "--out", "facts.csv"), "--out facts.csv must end in .parquet"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(arguments, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        hyperbot("detect", *arguments)


def test_counts_are_those_of_the_facts():
    facts = Table(
        facts_with(
            2000,
            {
                "candle.onion": {3: 1, 9: -1, 12: -1},
                "candle.onion.strength": {3: 0.6, 9: 0.8, 12: 1.0},
                "candle.no_wick": {3: 1, 4: -1},
                "structure.swing_high": {5: 1, 9: 1},
                "structure.high_label": {9: 1, 10: 1},
                "structure.swing_low": {7: 1},
                "cycle.range.active": {0: 1, 1: 1, 5: 1},
            },
        )
    )
    summary = summed_up(facts)
    counts = {each.name: each for each in summary.patterns}
    assert counts["onion"] == PatternCount("onion", True, 1, 2, 0, 1.5, 0.8)
    assert (counts["no_wick"].long, counts["no_wick"].either) == (0, 2)
    assert counts["doji"].mean_strength == 0
    assert SidedCount("swing highs, lows", 2, 1) in summary.structure
    assert SidedCount("of these HH, LL", 1, 0) in summary.structure
    assert summary.ranges == 2


def test_phases_are_told_with_their_share_and_length():
    facts = empty_facts(10)
    facts["cycle.phase"][2:8] = 1
    facts["cycle.direction"][2:8] = [1, 1, -1, -1, 1, 1]
    assert summed_up(Table(facts)).phases == (
        PhaseShare("not yet known", 0, 0.4, 2, 2.0),
        PhaseShare("drive", -1, 0.2, 1, 2.0),
        PhaseShare("drive", 1, 0.4, 2, 2.0),
    )
