from hashlib import sha256
from importlib.resources import files

import pytest

from hyperbot.charting.page import CHART, LIBRARY, NOTICE

ASSETS = files("hyperbot.charting") / "assets"


def test_the_vendored_library_is_the_one_that_its_readme_names():
    readme = (ASSETS / "README.md").read_text(encoding="utf-8")
    library = (ASSETS / LIBRARY).read_bytes()
    assert LIBRARY in readme
    assert sha256(library).hexdigest() in readme
    assert b"v5.2.1" in library[:200]


def test_its_licence_and_notice_travel_with_it():
    assert "Apache License" in (ASSETS / "LICENSE.lightweight-charts").read_text(encoding="utf-8")
    assert "https://www.tradingview.com/" in (ASSETS / NOTICE).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [LIBRARY, *CHART.scripts])
def test_no_script_holds_what_would_end_it_in_a_page(name):
    text = (ASSETS / name).read_text(encoding="utf-8").lower()
    assert "</script" not in text
    assert "<!--" not in text


def test_every_script_of_the_folder_is_in_the_page():
    own = {each.name for each in ASSETS.iterdir() if each.name.endswith(".js")}
    assert own == {LIBRARY, *CHART.scripts}
