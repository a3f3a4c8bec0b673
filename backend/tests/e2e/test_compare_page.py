"""Runs side by side in a real browser."""

import pytest

from hyperbot.charting.compare_page import compare_page
from hyperbot.charting.run_comparison import NamedRun
from report_builders import HOSTILE, evidence, stored_run
from result_builders import trade


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_runs_stand_side_by_side(tmp_path, browser, theme, width):
    path = tmp_path / "compare.html"
    better = stored_run(trades=[trade(5, opened=1, hours=3)])
    runs = [NamedRun("first", stored_run(evidence())), NamedRun(HOSTILE, better)]
    path.write_text(compare_page(runs), encoding="utf-8")
    browser.open(path, width=width, height=844)
    if theme == "dark":
        browser.press("t")
    told = browser.run("document.querySelector('main').innerText")
    for words in (HOSTILE, "Nothing is proven", "the same", "+0.4 points", "Rules alone"):
        assert words in told
    assert "undefined" not in told
    assert browser.run("document.documentElement.dataset.theme") == theme
    assert browser.run("document.querySelectorAll('#curves canvas').length") > 0
    assert browser.run("document.images.length") == 0
    assert browser.run("document.documentElement.scrollWidth") <= width
    assert browser.complaints == []
    assert [url for url in browser.requests if not url.startswith(("file:", "data:"))] == []
    browser._ask("Page.printToPDF")
    assert browser.run("document.querySelectorAll('#curves > .printed').length") == 1
    assert browser.run("document.documentElement.dataset.theme") == theme
    browser.run("try { localStorage.clear() } catch {}")
