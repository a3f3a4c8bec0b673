"""What every test of a page in a browser can ask for."""

import pytest

from browser import browser_tab, chromium


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    command = chromium()
    if command is None:
        pytest.skip("no Chromium: install it or set HYPERBOT_TEST_CHROMIUM")
    with browser_tab(command, tmp_path_factory.mktemp("profile")) as browser:
        yield browser
