"""`python -m hyperbot` is the command as well."""

import subprocess
import sys


def test_the_package_can_be_run():
    told = subprocess.run(
        [sys.executable, "-m", "hyperbot", "--help"], check=True, capture_output=True, text=True
    )
    assert told.stdout.startswith("Usage: ")
