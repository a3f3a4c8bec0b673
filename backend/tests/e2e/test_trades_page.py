"""Trades on the page in a real browser: drawn, told under the pointer, listed, jumped to."""

import pytest

from candle_strategies import market
from hyperbot.charting import DrawnExit, DrawnTrade, Provenance, chart_page
from hyperbot.detection import detect

CANDLES = 600
HOSTILE = "<img src=x onerror=alert(1)></script>"
SETTLED = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))"
PICTURE = """(() => [...document.querySelectorAll('#chart canvas')]
  .map((canvas) => canvas.toDataURL()).join(''))()"""
SERIES = market("mixed", 7, CANDLES)


def made(start, end, side, rule="le-15m", *, is_open=False):
    entry, leaving = float(SERIES.open[start]), float(SERIES.close[end])
    risk = 20.0
    r = side * (leaving - entry) / risk
    exits = (DrawnExit(int(SERIES.ts[end]), leaving, "time"),)
    return DrawnTrade(
        rule=rule,
        side=side,
        opened_at=int(SERIES.ts[start]),
        closed_at=None if is_open else int(SERIES.ts[end]),
        entry=entry,
        stop=entry - side * risk,
        targets=(entry + side * risk, entry + 2 * side * risk),
        exits=() if is_open else exits,
        outcome="pending" if is_open else "win" if r > 0 else "loss",
        reason="" if is_open else "time",
        r=r,
        net=1234.5 * r,
        costs=1.5,
        is_doubtful=start == 150,
    )


TRADES = [
    made(90, 120, 1),
    made(150, 160, -1, HOSTILE),
    made(500, 530, 1),
    made(560, 599, -1, is_open=True),
]


def page_of(folder, trades):
    path = folder / "chart.html"
    told = Provenance("a test", note="4 trades of run")
    page = chart_page(SERIES, detect(SERIES), told, first=100, trades=trades)
    path.write_text(page, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return page_of(tmp_path_factory.mktemp("page"), TRADES)


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


def test_the_trades_are_listed_and_names_stay_text(tab):
    rows = tab.run("[...document.querySelectorAll('.trade')].map((row) => row.textContent)")
    assert len(rows) == 4
    assert HOSTILE in rows[1]
    assert rows[3].endswith("open")
    assert tab.run("document.images.length") == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_layer_can_be_switched_off_and_on(tab, theme):
    if theme == "dark":
        tab.press("t")
    tab.press("x")
    without = picture(tab)
    tab.press("x")
    before = picture(tab)  # the library's own dotted line is a few pixels off when first drawn
    assert without != before
    tab.press("x")
    assert picture(tab) == without
    tab.run("document.querySelector('[data-layer=trades]').click()")
    assert picture(tab) == before


def test_keys_go_from_trade_to_trade(tab):
    tab.press(".")
    assert "1970-01-01 01:30" in text_of(tab, "#told")  # it began before this chart
    tab.press(".")
    tab.run(SETTLED)
    told = text_of(tab, "#told")
    assert HOSTILE in told
    assert "short" in told
    assert "net" in told
    assert "doubtful" in told
    assert "1970-01-01 02:30" in text_of(tab, "#moment")
    assert tab.run("document.querySelector('.trade[aria-current=true]').dataset.trade") == "1"
    tab.press(",")
    tab.press(",")  # nothing lies before the first
    assert tab.run("document.querySelector('.trade[aria-current=true]').dataset.trade") == "0"


def test_a_click_in_the_list_brings_the_trade_into_view(tab):
    before = picture(tab)
    tab.run("document.querySelectorAll('.trade')[1].click()")
    assert picture(tab) != before
    assert "02:30" in text_of(tab, "#moment")


def test_pointing_at_a_trade_tells_of_it(tab):
    tab.run("document.querySelectorAll('.trade')[2].click()")
    tab.run(SETTLED)
    box = tab.run("document.querySelector('#chart').getBoundingClientRect().toJSON()")
    for share in range(10, 90):
        tab.point(box["x"] + box["width"] * 0.45, box["y"] + share / 100 * box["height"])
        said = tab.run("document.querySelector('#tooltip').textContent")
        if "le-15m long" in said:
            assert "exits time" in said
            assert "costs \N{MINUS SIGN}1.50" in said
            return
    pytest.fail("nothing under the pointer told of the trade")


def test_a_coin_without_trades_says_so(tmp_path, browser):
    browser.open(page_of(tmp_path, []))
    assert text_of(browser, "#trade-list") == "No trade of this coin in these candles."
    browser.press(".")
    browser.press(",")
    assert browser.complaints == []


def test_a_chart_without_a_backtest_has_no_list(tmp_path, browser):
    browser.open(page_of(tmp_path, None))
    assert is_list_hidden(browser)
    browser.press("x")
    browser.press(".")
    assert browser.complaints == []


def is_list_hidden(tab):
    return tab.run("document.querySelector('#trades').hidden")


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_screen(page, tab, width):
    tab.open(page, width=width, height=844)
    tab.press(".")
    assert tab.run("document.documentElement.scrollWidth") <= width
    boxes = "[...document.querySelectorAll('aside *')].map((e) => e.getBoundingClientRect())"
    assert tab.run(f"{boxes}.every((box) => box.left >= 0 && box.right <= innerWidth)")
