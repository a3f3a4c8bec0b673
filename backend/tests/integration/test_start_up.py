"""Commands that detect nothing do not wait for Numba, nor for Arrow."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

HEAVY = ("numba", "llvmlite", "pandas")
ARROW = "pyarrow"

# The command as it is installed, then what it has imported.
SCRIPT = """
import sys
sys.argv[0] = "hyperbot"
from hyperbot.cli import main
try:
    main()
finally:
    print("IMPORTED", *sorted(name for name in sys.modules if "." not in name))
"""


def imported_by(*arguments: str, data: str) -> set[str]:
    """The packages that a fresh process holds after this command."""
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        env=os.environ | {"HYPERBOT_DATA_DIR": data},
        capture_output=True,
        text=True,
        check=True,
    )
    *_, last = ended.stdout.splitlines()
    assert last.startswith("IMPORTED ")
    return set(last.split()[1:])


def synthesize(data: str) -> None:
    imported_by("candles", "synthesize", "--coins", "BTC", "--interval", "1h", data=data)


@pytest.mark.parametrize(
    "command",
    [
        "--help",
        "--version",
        "candles --help",
        "candles list",
        "candles list --json",
        "candles import --help",
        "candles download --help",
        "candles synthesize --help",
        "detect --help",
        "backtest --help",
        "chart --help",
        "trials list",
        "trials count",
        "hold-out list",
        "db --help",
        "db stop",
        "db backup --help",
        "hold-out lock --coins BTC --from 2026-01-01",
    ],
)
def test_a_command_without_kernels_imports_none(command, tmp_path):
    found = imported_by(*command.split(), data=str(tmp_path))

    assert found.isdisjoint(HEAVY)
    assert ARROW not in found
    assert "hyperbot" in found


def test_listing_stored_candles_imports_none(tmp_path):
    data = str(tmp_path)
    synthesize(data)

    assert imported_by("candles", "list", data=data).isdisjoint(HEAVY)


def test_no_command_imports_pandas(tmp_path):
    """Pyarrow would, with the first array it makes, wherever pandas is installed."""
    data, series = str(tmp_path), ("--coin", "BTC", "--timeframe", "1h")
    facts = tmp_path / "facts.parquet"
    csv = tmp_path / "ETH-5m.csv"
    csv.write_text("ts,open,high,low,close,volume\n1735689600000,1,1,1,1,1\n")
    made = imported_by("candles", "synthesize", "--coins", "BTC", "--interval", "1h", data=data)
    taken = imported_by("candles", "import", str(csv), data=data)
    found = imported_by("detect", *series, "--out", str(facts), data=data)

    for packages in (made, taken, found):
        assert ARROW in packages
        assert "pandas" not in packages
    assert facts.exists()


def test_the_check_sees_what_is_imported(tmp_path):
    """`detect` needs Numba: were it not in the list, the other tests would prove nothing."""
    data = str(tmp_path)
    synthesize(data)

    assert "numba" in imported_by("detect", "--coin", "BTC", "--timeframe", "1h", data=data)
