"""The page in a real browser: it draws, stays silent, reaches nothing, and answers keys."""

import pytest

from candle_strategies import market
from hyperbot.charting import Provenance, chart_page
from hyperbot.detection import detect
from hyperbot.domain.market import CandleSeries

CANDLES = 600
HOSTILE = "<img src=x onerror=alert(1)></script>"

# The colours of all canvases of the chart, counted coarsely.
COLOURS = """(() => {
  const found = new Set();
  for (const canvas of document.querySelectorAll('#chart canvas')) {
    if (!canvas.width || !canvas.height) continue;
    const pen = canvas.getContext('2d');
    const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < data.length; i += 4) {
      if (data[i + 3]) found.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
    }
  }
  return [...found];
})()"""
PICTURE = """(() => [...document.querySelectorAll('#chart canvas')]
  .map((canvas) => canvas.toDataURL()).join(''))()"""
SHOWN_PATTERNS = """[...document.querySelectorAll('.pattern')]
  .filter((row) => row.querySelector('input').checked).map((row) => row.children[2].textContent)"""
SETTLED = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    drawn = market("mixed", 7, CANDLES)
    series = CandleSeries(HOSTILE, drawn.timeframe, drawn.ts, *drawn.columns)
    path = tmp_path_factory.mktemp("page") / "chart.html"
    told = Provenance(HOSTILE, is_synthetic=True, note="a note")
    path.write_text(chart_page(series, detect(series), told, first=100), encoding="utf-8")
    return path


@pytest.fixture
def tab(page, browser):
    browser.open(page)
    browser.run("try { localStorage.clear() } catch {}")
    yield browser
    assert browser.complaints == []
    assert [url for url in browser.requests if not url.startswith(("file:", "data:"))] == []


def text_of(tab, selector):
    return tab.run(f"document.querySelector('{selector}').innerText")


def picture(tab):
    tab.run(SETTLED)
    return tab.run(PICTURE)


def middle_of(tab, selector):
    box = tab.run(f"document.querySelector('{selector}').getBoundingClientRect().toJSON()")
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_the_candles_are_drawn_in_both_colours(tab):
    colours = set(tab.run(COLOURS))
    assert {0x0B69B7, 0xB45309} <= colours  # up and down of the light theme
    assert len(colours) > 20


@pytest.mark.parametrize("close", [101.0, 99.0])
def test_the_last_price_has_the_colour_of_its_candle(tmp_path, browser, close):
    last = {"open": 100.0, "high": 102.0, "low": 98.0, "close": close, "volume": 1.0}
    series = CandleSeries("BTC", "1m", [0], *([value] for value in last.values()))
    page = tmp_path / "last.html"
    told = Provenance("a test", is_synthetic=False, note="")
    page.write_text(chart_page(series, detect(series), told, first=0), encoding="utf-8")
    browser.open(page)
    up, down = (0x0B69B7, 0x4AA8FF), (0xB45309, 0xFF9D4D)
    of_scale = COLOURS.replace("#chart canvas", "#chart td:last-child canvas")
    for light_or_dark in up if close > 100 else down:
        browser.run(SETTLED)
        assert light_or_dark in browser.run(of_scale)
        browser.press("t")


def test_the_head_says_what_is_shown_and_names_stay_text(tab):
    assert text_of(tab, "#coin") == HOSTILE
    assert text_of(tab, "#synthetic") == "SYNTHETIC"
    about = text_of(tab, "#about")
    assert "1970-01-01 01:40 → 1970-01-01 09:59 UTC · 500 candles" in about
    assert HOSTILE in about
    assert "a note" in about
    assert tab.run("document.images.length") == 0


def test_the_theme_can_be_turned(tab):
    tab.press("t")
    tab.run(SETTLED)
    assert tab.run("document.documentElement.dataset.theme") == "dark"
    assert {0x4AA8FF, 0xFF9D4D} <= set(tab.run(COLOURS))


@pytest.mark.parametrize("key", ["ArrowLeft", "+", "-", "0", "Home", "1", "5", "]"])
def test_keys_change_the_picture(tab, key):
    before = picture(tab)
    tab.press(key)
    assert picture(tab) != before


def test_panning_right_stops_near_the_last_candle(tab):
    for _ in range(20):
        tab.press("ArrowRight")
    before = picture(tab)
    tab.press("ArrowRight")
    assert picture(tab) == before


def test_every_layer_can_be_switched_off_and_on(tab):
    layers = tab.run("[...document.querySelectorAll('#layers button')].map((b) => b.dataset.layer)")
    assert len(layers) == 10
    start = picture(tab)
    for layer in layers:
        tab.run(f"document.querySelector('[data-layer={layer}]').click()")
        assert tab.run(f"document.querySelector('[data-layer={layer}]').ariaPressed") == "false"
    assert picture(tab) != start
    for layer in layers:
        tab.run(f"document.querySelector('[data-layer={layer}]').click()")
    assert picture(tab) == start


def test_the_filter_finds_by_name_and_meaning_and_takes_all_keys(tab):
    tab.press("/")
    for letter in "bearish":  # no pattern is named so
        tab.press(letter)
    assert text_of(tab, "#patterns") == "No pattern of this name or meaning."
    tab.run("document.querySelector('#search').value = ''")
    for letter in "gapless engulf":
        tab.press(letter)
    names = tab.run("[...document.querySelectorAll('.pattern span')].map((s) => s.textContent)")
    assert names == ["engulfing_gapless", "three_outside_gapless"]
    assert tab.run("document.documentElement.dataset.theme") == "light"  # its `t` was not a key


def test_classical_patterns_are_off_until_they_are_asked_for(tab):
    assert "engulfing" not in tab.run(SHOWN_PATTERNS)
    assert {"liquidity_engulf", "breakout", "fakeout", "onion"} <= set(tab.run(SHOWN_PATTERNS))
    before = picture(tab)
    tab.run("[...document.querySelectorAll('#patterns .group button')].at(-2).click()")
    assert "engulfing" in tab.run(SHOWN_PATTERNS)
    assert picture(tab) != before


def test_the_panel_follows_the_pointer_until_a_click_pins_a_candle(tab):
    x, y = middle_of(tab, "#chart")
    tab.point(x, y)
    tab.run(SETTLED)
    moment = text_of(tab, "#moment")
    assert "of 500" in moment
    assert "500 of 500" not in moment
    assert "atr" in text_of(tab, "#facts")
    tab.click(x, y)
    tab.run(SETTLED)
    assert "pinned" in text_of(tab, "#pinned")
    tab.point(x + 120, y)
    tab.run(SETTLED)
    assert text_of(tab, "#moment") == moment
    tab.press("Escape")
    assert text_of(tab, "#pinned") == ""


def test_a_fact_tells_its_meaning(tab):
    tab.point(*middle_of(tab, ".fact"))
    tab.run(SETTLED)
    assert text_of(tab, "#meaning") == "candle.atr (price): Wilder's average true range, 14"


def test_pointing_at_a_swing_and_a_pattern_tells_of_them(tab):
    box = tab.run("document.querySelector('#chart').getBoundingClientRect().toJSON()")
    wanted = {"known only from", "3 candles later", "strength 0."}
    for place in range(int(box["width"]) - 160, 40, -9):
        for share in (0.3, 0.45, 0.6):
            tab.point(box["x"] + place, box["y"] + share * box["height"])
            said = tab.run("document.querySelector('#tooltip').textContent")
            wanted = {words for words in wanted if words not in said}
            if not wanted:
                return
    pytest.fail(f"nothing under the pointer told {wanted}")


@pytest.mark.parametrize("width", [390, 1280, 1600])
def test_nothing_is_wider_than_the_screen(page, tab, width):
    tab.open(page, width=width, height=844)
    assert tab.run("document.documentElement.scrollWidth") <= width
    inside = "(box) => box.left >= 0 && box.right <= innerWidth"
    boxes = (
        "[...document.querySelectorAll('header *, aside *')].map((e) => e.getBoundingClientRect())"
    )
    assert tab.run(f"{boxes}.every({inside})")
    assert len(tab.run(COLOURS)) > 20
