from hashlib import sha256
from importlib.resources import files

import pytest

from hyperbot.charting.compare_page import COMPARE
from hyperbot.charting.page import CHART, LIBRARY, NOTICE
from hyperbot.charting.report_page import REPORT

ASSETS = files("hyperbot.charting") / "assets"
PAGES = (CHART, REPORT, COMPARE)
SCRIPTS = sorted({LIBRARY, *(name for page in PAGES for name in page.scripts)})


def test_the_vendored_library_is_the_one_that_its_readme_names():
    readme = (ASSETS / "README.md").read_text(encoding="utf-8")
    library = (ASSETS / LIBRARY).read_bytes()
    assert LIBRARY in readme
    assert sha256(library).hexdigest() in readme
    assert b"v5.2.1" in library[:200]


def test_its_licence_and_notice_travel_with_it():
    assert "Apache License" in (ASSETS / "LICENSE.lightweight-charts").read_text(encoding="utf-8")
    assert "https://www.tradingview.com/" in (ASSETS / NOTICE).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_script_holds_what_would_end_it_in_a_page(name):
    text = (ASSETS / name).read_text(encoding="utf-8").lower()
    assert "</script" not in text
    assert "<!--" not in text


def test_every_file_of_the_folders_is_in_a_page():
    used = {name for page in PAGES for name in (page.template, *page.styles, *page.scripts)}
    folders = (("", ASSETS), ("report/", ASSETS / "report"))
    there = {f"{prefix}{each.name}" for prefix, folder in folders for each in folder.iterdir()}
    assert {name for name in there if name.endswith((".js", ".css", ".html"))} == used | {LIBRARY}


@pytest.mark.parametrize("name", [name for name in SCRIPTS if name.startswith("report/")])
def test_no_script_of_a_report_writes_text_as_html(name):
    text = (ASSETS / name).read_text(encoding="utf-8")
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert way not in text


@pytest.mark.parametrize("name", [name for name in SCRIPTS if name != LIBRARY])
def test_no_script_is_long(name):
    assert len((ASSETS / name).read_text(encoding="utf-8").splitlines()) < 300
