import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from candle_builders import random_walk, without
from candle_strategies import market
from fact_builders import empty_facts, facts_with
from hyperbot.charting import ENTRY_TYPES, MOST_CANDLES, WITHOUT_DIRECTION, Provenance, chart_page
from hyperbot.detection import detect
from hyperbot.detection.registry import COLUMNS
from hyperbot.domain.errors import InvalidInput

HERE = Provenance("BTC-5m.parquet")
HOSTILE = "</script><script>alert(1)</script>{{scripts}}<!--&\u2028'\""


class Page(HTMLParser):
    """The scripts of a page, and all tags in it."""

    def __init__(self, text):
        super().__init__()
        self.scripts, self.tags, self.title, self.policy = [], [], "", ""
        self._open = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self._open = tag
        if tag == "script":
            self.scripts.append((dict(attrs), ""))
        if ("http-equiv", "Content-Security-Policy") in attrs:
            self.policy = dict(attrs)["content"]

    def handle_endtag(self, tag):
        self._open = None

    def handle_data(self, text):
        if self._open == "script":
            attributes, so_far = self.scripts[-1]
            self.scripts[-1] = (attributes, so_far + text)
        if self._open == "title":
            self.title += text

    @property
    def data(self):
        return json.loads(self.scripts[0][1])


def test_the_page_holds_the_candles_as_they_are():
    series = random_walk(50)
    data = Page(chart_page(series, empty_facts(50), HERE)).data
    candles = data["candles"]
    assert candles["close"] == pytest.approx(series.close)
    assert (candles["start"], candles["step"], candles["jumps"]) == (1_735_689_600, 300, [])
    assert (data["coin"], data["timeframe"], data["source"]) == ("BTC", "5m", "BTC-5m.parquet")


def test_a_gap_in_time_is_told_by_where_time_goes_on():
    series = without(random_walk(10), 3, 4)
    candles = Page(chart_page(series, empty_facts(8), HERE)).data["candles"]
    assert candles["jumps"] == [[3, 1_735_689_600 + 5 * 300]]


def test_every_fact_reaches_the_page_with_its_unit_and_meaning():
    facts = facts_with(9, {"candle.engulfing": {4: -1}, "candle.engulfing.strength": {4: 0.8}})
    told = {
        each["name"]: each for each in Page(chart_page(random_walk(9), facts, HERE)).data["facts"]
    }
    assert set(told) == {column.name for column in COLUMNS}
    engulfing = told["candle.engulfing"]
    assert (engulfing["unit"], engulfing["entry"]) == ("graded", False)
    assert "engulfs" in engulfing["meaning"]
    assert engulfing["values"] == {"s": 0, "d": [0, 4, 1], "v": [0, -80, 0]}


def test_the_patterns_named_here_are_patterns_of_the_registry():
    graded = {column.name for column in COLUMNS if column.graded}
    assert set(ENTRY_TYPES) <= graded
    assert set(WITHOUT_DIRECTION) <= graded


def test_what_lay_before_the_first_candle_shown_is_still_known():
    series = market("mixed", 1, 500)
    facts = detect(series)
    whole = Page(chart_page(series, facts, HERE)).data
    part = Page(chart_page(series, facts, HERE, first=400)).data
    assert len(part["candles"]["close"]) == 100
    live = [low for low, fate in zip_layer(whole, "gaps", "low", "fate") if fate == 0]
    assert live
    assert live == [low for low, fate in zip_layer(part, "gaps", "low", "fate") if fate == 0]
    assert min(part["layers"]["phases"]["end"]) >= 0


def zip_layer(data, layer, *names):
    return zip(*(data["layers"][layer][name] for name in names), strict=True)


def test_names_can_do_no_harm():
    series = random_walk(5, coin=HOSTILE)
    told = Provenance(HOSTILE, is_synthetic=True, note=HOSTILE)
    harmless = Page(chart_page(random_walk(5), empty_facts(5), HERE))
    page = Page(chart_page(series, empty_facts(5), told))
    assert page.tags == harmless.tags
    assert page.data["coin"] == page.data["source"] == page.data["note"] == HOSTILE
    assert page.title == f"{HOSTILE} 5m - hyperbot chart"
    assert page.scripts[1:] == harmless.scripts[1:]


def test_only_the_scripts_of_the_page_may_run_and_nothing_be_reached():
    page = Page(chart_page(random_walk(5), empty_facts(5), HERE))
    kinds = [attributes.get("type") for attributes, _ in page.scripts]
    assert kinds == ["application/json", None, None]
    for _, script in page.scripts[1:]:
        digest = b64encode(sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in page.policy
    assert page.policy.startswith("default-src 'none';")


def test_the_page_loads_nothing_from_elsewhere():
    text = chart_page(random_walk(5), empty_facts(5), HERE)
    loaded = re.findall(r"<(?:link|script|img)[^>]*(?:src|href)=\"([^\"]*)\"", text)
    assert loaded == ["data:,"]
    assert "https://www.tradingview.com/" in text
    assert "TradingView Lightweight Charts" in text


@pytest.mark.parametrize(("rows", "first"), [(0, 0), (3, 3), (MOST_CANDLES + 1, 0)])
def test_no_candles_and_too_many_are_refused(rows, first):
    with pytest.raises(InvalidInput, match="a chart draws 1 to 20,000 candles"):
        chart_page(random_walk(rows), empty_facts(rows), HERE, first=first)


def test_facts_without_a_column_are_refused():
    facts = empty_facts(5)
    del facts["cycle.phase"]
    with pytest.raises(InvalidInput, match=r"the facts have no column cycle\.phase"):
        chart_page(random_walk(5), facts, HERE)
