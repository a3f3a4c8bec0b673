"""Runs of `hyperbot backtest` over ten days of two coins, with a ledger of trials of their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from candle_builders import as_columns
from candle_file_writers import write_parquet
from hyperbot.cli.main import command
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import Timeframe
from hyperbot.exchange.synthetic import synthesize
from hyperbot.storage.trial_entries import StoredTrial
from hyperbot.wiring import trial_ledger

JANUARY_2025 = 1_735_689_600_000
DAY = 86_400_000
VENUE = "hyperliquid"
FIFTEEN = Timeframe.parse("15m")
SERIES = {
    coin: synthesize(coin, FIFTEEN, JANUARY_2025, 960, seed=place)
    for place, coin in enumerate(("BTC", "ETH"))
}
RULE = {
    "id": "a",
    "name": "A",
    "direction": "both",
    "entry_type": "LE",
    "timeframe": "15m",
    "confluence_required": {"min_score": 0.0},
}
OTHER = RULE | {"id": "b", "direction": "long", "entry_type": "engulfing"}
PLAY = ("--candles", "candles", "--rules", "rules.yaml")
BTC = ("--coins", "BTC")
REPLAY = ("--candles", "candles", *BTC, "--signals", "signals.csv")


def prepare(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in `folder`, with ten days of two coins of Hyperliquid, and two rules."""
    monkeypatch.setenv("HYPERBOT_DATA_DIR", str(folder / "store" / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(folder)
    candles = Path("candles") / VENUE
    candles.mkdir(parents=True)
    for coin, series in SERIES.items():
        write_parquet(candles / f"{coin}-15m.parquet", as_columns(series))
    write_rules(RULE, OTHER)


def write_rules(*rules: dict[str, Any]) -> None:
    """As the file that `PLAY` names."""
    Path("rules.yaml").write_text(json.dumps({"rules": rules}))  # JSON is YAML, too


def write_signals(*rows: str) -> None:
    """As the file that `REPLAY` names."""
    Path("signals.csv").write_text("ts,direction,stop,target\n" + "".join(rows))


def hyperbot(*arguments: object) -> Result:
    """What `hyperbot ...` prints, and the error it ends with."""
    return CliRunner().invoke(command, [*map(str, arguments)], standalone_mode=False)


def told(*arguments: object) -> str:
    """What the rules' backtest prints when all is well."""
    if "--open-hold-out" in arguments and "--out" not in arguments:
        arguments = (*arguments, "--out", "opened", "--overwrite")
    result = hyperbot("backtest", *PLAY, *arguments)
    assert result.exception is None, result.exception
    return result.stdout


def summary(*arguments: object) -> Any:
    """The same as JSON."""
    return json.loads(told("--json", *arguments))


def refusal(*arguments: object) -> str:
    """The sentence in which it refuses; nothing was printed or written."""
    before = files_below(Path())
    result = hyperbot("backtest", *PLAY, "--out", "refused", *arguments)
    assert isinstance(result.exception, InvalidInput), result.exception
    assert result.stdout == ""
    assert files_below(Path()) == before
    assert "\n" not in str(result.exception)
    return str(result.exception)


def files_below(folder: Path) -> dict[Path, bytes | bool]:
    """All files but locks, which hold nothing."""
    files = (path for path in folder.rglob("*") if path.name != ".lock")
    return {path: path.is_file() and path.read_bytes() for path in files}


def lock(coins: str = "BTC", since: str = "2025-01-08", *arguments: str) -> None:
    """Keep time back."""
    result = hyperbot("hold-out", "lock", "--coins", coins, "--from", since, *arguments)
    assert result.exception is None, result.exception


def recorded() -> list[StoredTrial]:
    """All runs of all rules."""
    return list(trial_ledger().trials())


def hold_outs() -> dict[str, tuple[str, ...]]:
    """For which rules the hold-out of each coin was opened."""
    return {each.coin: opened_for for each, _, opened_for in trial_ledger().hold_outs()}
