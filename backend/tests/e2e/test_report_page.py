"""The report in a real browser: silent, complete, filtered, sorted, walked by keys, harmless."""

import pytest

from hyperbot.backtesting.evidence import MeanR, Slice, Stress
from hyperbot.charting.report_page import report_page
from report_builders import HOSTILE, chart_of, evidence, rule_evidence, stored_run
from result_builders import BEGIN, trade

SETTLED = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))"
SECTIONS = ("verdict", "equity", "rules", "shape", "when", "trades", "robustness", "lineage")
PICTURE = """(() => [...document.querySelectorAll('%s canvas')]
  .map((canvas) => canvas.toDataURL()).join(''))()"""
ROWS = "[...document.querySelectorAll('#trade-list tbody tr')].map((row) => row.innerText)"
COUNT = 30


def many_trades():
    """Thirty trades of two rules and coins; of the rules one has a hostile name."""
    return [
        trade(
            (2, -1, 0.5)[place % 3],
            coin="BTC" if place % 2 else "ETH",
            rule="le-15m" if place % 5 else HOSTILE,
            side=1 if place % 4 else -1,
            opened=place,
            hours=None if place == COUNT - 1 else 2,
        )
        for place in range(COUNT)
    ]


def full_run():
    made = many_trades()
    proofs = evidence(rule_evidence(), rule_evidence(HOSTILE, reasons=(HOSTILE,)), flags=(HOSTILE,))
    # the last one has no candles
    return stored_run(proofs, [chart_of(each.signal.id) for each in made[:-1]], trades=made)


def written(folder, run):
    path = folder / "report.html"
    path.write_text(report_page(run), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return written(tmp_path_factory.mktemp("page"), full_run())


def is_silent(browser):
    outside = [url for url in browser.requests if not url.startswith(("file:", "data:"))]
    return browser.complaints == [] and outside == []


@pytest.fixture
def tab(page, browser):
    browser.open(page)
    browser.run("try { localStorage.clear() } catch {}")
    yield browser
    assert is_silent(browser), browser.complaints


def text_of(tab, selector):
    return tab.run(f"document.querySelector('{selector}').innerText")


def picture(tab, selector):
    tab.run(SETTLED)
    return tab.run(PICTURE % selector)


def choose(tab, name, value):
    tab.run(
        f"(() => {{ const choice = document.getElementById('filter-{name}');"
        f" choice.value = {value!r}; choice.dispatchEvent(new Event('change')); }})()"
    )


def click_first(tab, selector):
    tab.run(f"document.querySelector('{selector}').click()")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_section_is_there_with_something_in_it(tab, theme):
    if theme == "dark":
        tab.press("t")
    assert tab.run("document.documentElement.dataset.theme") == theme
    for section in SECTIONS:
        assert tab.run(f"document.getElementById('{section}').offsetHeight") > 60, section
        assert len(text_of(tab, f"#{section}")) > 20, section
    assert "undefined" not in text_of(tab, "main")
    assert "NaN" not in text_of(tab, "main")


def test_the_verdict_comes_first_in_one_sentence(tab):
    assert text_of(tab, "#sentence") == "Nothing is proven: 2 trades are too few."
    tiles = text_of(tab, "#numbers")
    for name in ("Net return", "CAGR", "Max drawdown", "Sharpe", "Profit factor", "Benchmark"):
        assert name in tiles


def test_hostile_names_are_text_everywhere(tab):
    assert HOSTILE in text_of(tab, "#warnings")
    assert HOSTILE in text_of(tab, "#rule-table")
    assert HOSTILE in text_of(tab, "#trade-list")
    assert tab.run("document.images.length") == 0
    assert tab.run("document.scripts.length") == 3


def test_the_log_switch_draws_the_curve_anew(tab):
    before = picture(tab, "#equity-chart")
    click_first(tab, "#log")
    assert tab.run("document.getElementById('log').ariaPressed") == "true"
    assert picture(tab, "#equity-chart") != before


def test_negative_numbers_in_reasons_have_the_sign_of_all_others(tmp_path, browser):
    told = rule_evidence(reasons=("-0.26 R of le-15m, between -0.52 R and +0.1 R",))
    browser.open(written(tmp_path, stored_run(evidence(told))))
    click_first(browser, ".opener")
    minus = "\N{MINUS SIGN}"
    wanted = f"{minus}0.26 R of le-15m, between {minus}0.52 R and +0.1 R"
    assert wanted in text_of(browser, "#reasons-0")


def test_reasons_open_and_close(tab):
    assert tab.run("document.getElementById('reasons-0').hidden")
    click_first(tab, ".opener")
    assert "2 trades are too few" in text_of(tab, "#reasons-0")
    assert "400 days needed" in text_of(tab, "#reasons-0")
    click_first(tab, ".opener")
    assert tab.run("document.getElementById('reasons-0').hidden")


def test_filters_choose_what_all_parts_below_show(tab):
    histogram = tab.run("document.querySelector('#histogram svg').outerHTML")
    choose(tab, "coin", "ETH")
    rows = tab.run(ROWS)
    assert len(rows) == COUNT // 2
    assert all("ETH" in row for row in rows)
    assert "15 of 30 trades" in text_of(tab, "#filter-count")
    assert tab.run("document.querySelector('#histogram svg').outerHTML") != histogram
    assert text_of(tab, "#months .sum small") == "15"
    choose(tab, "outcome", "loss")
    assert len(tab.run(ROWS)) == 5
    click_first(tab, "#filter-none")
    assert len(tab.run(ROWS)) == COUNT


def test_a_filter_that_nothing_fits_says_so(tab):
    tab.press("/")
    for letter in "zzz":
        tab.press(letter)
    assert text_of(tab, "#trades-told") == "No trade fits the filter."
    assert "No closed trade fits the filter." in text_of(tab, "#histogram")
    assert tab.run("document.documentElement.dataset.theme") == "light"


def test_dragging_over_the_curve_chooses_a_range(tab):
    box = tab.run("document.getElementById('equity-chart').getBoundingClientRect().toJSON()")
    middle = box["y"] + 100
    tab.drag((box["x"] + 0.1 * box["width"], middle), (box["x"] + 0.4 * box["width"], middle))
    tab.run(SETTLED)
    assert 0 < len(tab.run(ROWS)) < COUNT
    assert tab.run("document.getElementById('filter-since').value") == "2025-01-01"
    tab.press("Escape")
    assert len(tab.run(ROWS)) == COUNT


def test_choosing_a_trade_draws_its_chart_and_tells_why(tab):
    before = picture(tab, "#trade-chart")
    tab.run("document.querySelectorAll('#trade-list tbody tr')[7].click()")
    assert picture(tab, "#trade-chart") != before
    told = text_of(tab, "#trade-detail")
    assert "1 of 2 conditions met" in told
    assert "a liquidity engulf on the last candle" in told
    assert "asked at least 0.35" in told
    assert "stop moved" in told
    assert "Score 0.80, 0.60 was needed." in told


def test_a_trade_without_candles_says_so(tab):
    tab.run("[...document.querySelectorAll('#trade-list tbody tr')].at(-1).click()")
    assert "No candles were kept for this trade." in text_of(tab, "#trade-detail")
    assert tab.run("document.getElementById('trade-chart').hidden")


def test_the_list_is_sorted_by_its_heads(tab):
    click_first(tab, "[data-sort=r] button")
    assert tab.run("document.querySelector('[data-sort=r]').ariaSort") == "descending"
    assert "+2.00" in tab.run(ROWS)[0]
    click_first(tab, "[data-sort=r] button")
    assert "1.00" in tab.run(ROWS)[0]
    assert tab.run("document.querySelector('[data-sort=opened]').ariaSort") == "none"


def test_arrow_keys_walk_through_the_trades(tab):
    tab.run("document.querySelector('#trade-list tbody tr').click()")
    chosen = "document.documentElement.dataset.trade"
    first = tab.run(chosen)
    tab.press("ArrowDown")
    second = tab.run(chosen)
    assert second != first
    assert tab.run("document.activeElement.ariaCurrent") == "true"
    tab.press("ArrowUp")
    assert tab.run(chosen) == first
    tab.press("ArrowUp")  # nothing lies before the first
    assert tab.run(chosen) == first


def test_robustness_tells_windows_stress_null_and_trials(tab):
    told = text_of(tab, "#robustness")
    for words in ("Walk-forward", "Fragility", "Random entries", "Regimes", "Trials so far"):
        assert words in told
    assert "a91f03c2" in told
    assert "0.10" in text_of(tab, "#robustness .danger")  # the sign that flips


def test_data_and_settings_can_be_checked(tab):
    told = text_of(tab, "#lineage")
    for words in ("hyperliquid", "proxy", "0.00045", "hyperbot report FOLDER", "0.1.0"):
        assert words in told


def test_the_mean_is_everywhere_the_one_of_the_verdict(tab):
    """Of the rule in the builders: -1.00 after the embargo, +0.50 of all trades."""
    columns = {"Rules": 5, "Fragility": 2, "Random entries": 3}
    for name, column in columns.items():
        region = f'[aria-label="{name}, as a table"] tbody tr > :nth-child({column})'
        assert "1.00" in tab.run(f"document.querySelector('{region}').innerText"), name
    told = text_of(tab, "#robustness")
    assert told.count("Of the trades after the embargo, as the verdict.") == 3
    assert told.count("Of all trades, those before the embargo too.") == 2


def test_without_an_embargo_no_trades_are_told_apart(tmp_path, browser):
    one = rule_evidence(embargo=None, in_sample=None, out_of_sample=None)
    browser.open(written(tmp_path, stored_run(evidence(one))))
    assert "embargo" not in text_of(browser, "#robustness").replace("called out of sample", "")
    fragile = '[aria-label="Fragility, as a table"] tbody td'
    assert text_of(browser, fragile) == "+0.50"


def test_given_signals_have_no_rule_to_judge(tmp_path, browser):
    run = stored_run(trades=[trade(2, rule="signals")])
    run.summary["settings"]["rules"] = [run.summary["settings"]["rules"][0] | {"id": "signals"}]
    browser.open(written(tmp_path, run))
    assert "no rule to judge" in text_of(browser, "#rules")
    assert "played, not judged" in text_of(browser, "#robustness")


def test_results_beyond_the_scale_are_counted(tmp_path, browser):
    browser.open(written(tmp_path, stored_run(trades=[trade(9)])))
    assert "1 beyond the scale lies in the outermost bin" in text_of(browser, "#histogram")
    assert "mean +9.00 R" in browser.run("document.querySelector('#histogram').textContent")


def test_a_trade_that_made_nothing_did_not_win(tmp_path, browser):
    browser.open(written(tmp_path, stored_run(trades=[trade(0)])))
    assert "0 trades above 0 (filled), 1 at or below" in text_of(browser, "#histogram")
    assert browser.run("document.querySelectorAll('#histogram rect.lost').length") == 1
    assert browser.run("document.querySelectorAll('#histogram rect.won').length") == 0


def test_on_paper_nothing_is_cut_and_charts_are_pictures(page, browser):
    browser.open(page)
    browser.run("try { localStorage.clear() } catch {}")
    browser.press("t")
    browser._ask("Page.printToPDF", printBackground=True)
    assert browser.run("document.querySelectorAll('.chart > .printed').length") == 2
    assert browser.run("document.documentElement.dataset.theme") == "dark"  # and back on screen
    browser._ask("Emulation.setEmulatedMedia", media="print")
    size = {"width": 703, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
    browser._ask("Emulation.setDeviceMetricsOverride", **size)
    assert browser.run("document.documentElement.scrollWidth") <= 703
    browser._ask("Emulation.setEmulatedMedia", media="")


EMPTY = {
    "no trades": lambda: stored_run(evidence(), trades=[]),
    "no evidence": stored_run,
    "nothing": lambda: stored_run(trades=[], refused=(), missed=()),
}


@pytest.mark.parametrize("kind", EMPTY)
def test_missing_parts_say_so(tmp_path, browser, kind):
    browser.open(written(tmp_path, EMPTY[kind]()))
    assert is_silent(browser), browser.complaints
    for section in SECTIONS:
        assert len(text_of(browser, f"#{section}")) > 20, section
    assert "undefined" not in text_of(browser, "main")


@pytest.mark.parametrize("width", [390, 768, 1280, 1440])
def test_nothing_is_wider_than_the_screen(page, tab, width):
    tab.open(page, width=width, height=844)
    assert tab.run("document.documentElement.scrollWidth") <= width
    inside = "[...document.querySelectorAll('#verdict *, .card, .bar *')]"
    assert tab.run(
        f"{inside}.map((e) => e.getBoundingClientRect())"
        ".every((box) => box.left >= 0 && box.right <= innerWidth)"
    )
    edges = "(e) => Math.round(e.getBoundingClientRect().right)"
    last = tab.run(f"({edges})(document.querySelector('#numbers').lastElementChild)")
    assert last >= tab.run(f"({edges})(document.querySelector('#numbers'))") - 2  # no gap


STRESSES = (
    "entry one candle later",
    "costs x2",
    "costs x3",
    "stops 20 % nearer",
    "targets 20 % nearer",
    "stops 20 % farther",
    "targets 20 % farther",
    "without the best 5 trades",
)
REGIMES = ("long", "short", *(f"{each} market" for each in ("rising", "falling", "calm", "wild")))


@pytest.fixture(scope="module")
def wide_page(tmp_path_factory):
    """With all columns, a long id, and numbers as wide as they come."""
    mean = MeanR(1_204, -0.26, -1.21, 0.29, 0.9)
    rule = rule_evidence(
        "onion-small-wick-4h-1h-15m-and-more",
        fragility=tuple(Stress(name, 1_204, -0.26, True) for name in STRESSES),
        regimes=tuple(Slice(name, 1_204, -0.26) for name in REGIMES),
        windows=tuple(Slice(f"window {n}", 1_204, -0.26, BEGIN, BEGIN + 9) for n in range(5)),
        in_sample=mean,
        out_of_sample=mean,
        max_drawdown_r=1_281.9,
    )
    made = [trade(-1, rule=rule.rule, opened=3 * place) for place in range(COUNT)]
    return written(tmp_path_factory.mktemp("wide"), stored_run(evidence(rule), trades=made))


BOXES = "[...document.querySelectorAll('#rules .scroll, #trade-list .scroll, #robustness .scroll')]"


def test_at_1280_no_table_scrolls_sideways(wide_page, browser):
    browser.open(wide_page)
    browser.run(SETTLED)
    cut = f"{BOXES}.filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.ariaLabel)"
    assert browser.run(cut) == []


def test_a_table_that_scrolls_fades_at_its_edge_and_takes_keys(wide_page, browser):
    browser.open(wide_page, width=768)
    browser.run(SETTLED)
    box = "document.querySelector('#rules .scroll')"
    assert browser.run(f"{box}.tabIndex") == 0
    assert browser.run(f"{box}.className") == "scroll more-right"
    browser.run(f"new Promise((done) => {{ {box}.onscroll = done; {box}.scrollLeft = 9999; }}), 1")
    browser.wait_for(f"{box}.className === 'scroll more-left'")
