"""The numbers that a trader asks for first, of one run: for the report's head and to compare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from hyperbot.charting.stored_run import StoredRun
from hyperbot.charting.wording import UNKNOWN, Unit, interval, written
from hyperbot.statistics.bootstrap import mean_of_clustered

Tone = Literal["up", "down", ""]
COSTS = ("fees", "funding", "slippage", "forfeited")
DAY_MS = 86_400_000
CONFIDENCE = 0.95
HOLD = "Benchmark: hold"


@dataclass(frozen=True, slots=True)
class KeyNumber:
    """One number with what must be known beside it."""

    name: str
    value: float | None
    unit: Unit
    note: str = ""
    tone: Tone = ""
    """whether it is money made or lost; empty where it is neither"""

    @property
    def text(self) -> str:
        """As it is shown."""
        return written(self.value, self.unit)


def key_numbers(stored: StoredRun) -> list[KeyNumber]:
    """Those of the account, then its benchmark, in the order in which they are shown."""
    summary = stored.summary
    account = summary["performance"]["account"]
    trades = summary["performance"]["trades"]
    return [
        KeyNumber(
            "Net return",
            account["total_return"],
            "change",
            f"{written(account['start'], 'money')} \N{RIGHTWARDS ARROW}"
            f" {written(account['end'], 'money')}",
            _tone(account["total_return"]),
        ),
        KeyNumber("CAGR", account["cagr"], "change", "a year", _tone(account["cagr"])),
        _drawdown(account["max_drawdown"]),
        KeyNumber("Sharpe", account["sharpe"], "ratio", "of daily returns, a year"),
        KeyNumber("Profit factor", trades["profit_factor"], "ratio", "won / lost"),
        _expectancy(stored),
        _trades(trades),
        KeyNumber(
            "Exposure",
            account["mean_exposure"],
            "share",
            f"{written(trades['time_in_market'], 'share')} of the time in the market",
        ),
        _cost_share(trades),
        _benchmark(_evidence(summary)),
    ]


def _evidence(summary: Mapping[str, Any]) -> Mapping[str, Any]:
    return summary.get("evidence") or {}


def _tone(value: float | None) -> Tone:
    if not value:
        return ""
    return "up" if value > 0 else "down"


def _drawdown(fall: Mapping[str, Any] | None) -> KeyNumber:
    if fall is None:
        return KeyNumber("Max drawdown", 0.0, "change", "never below its peak")
    end = "recovered" if fall["recovered_at"] is not None else "not recovered"
    note = f"{written(fall['days'], 'days')}, {end}"
    return KeyNumber("Max drawdown", -fall["share"], "change", note, "down")


def _expectancy(stored: StoredRun) -> KeyNumber:
    """Of all trades of the account, with the same interval that judges rules."""
    closed = [row for row in stored.trades if row["closed_at"] is not None]
    opened = np.array([row["opened_at"] for row in closed], dtype=np.int64)
    told = mean_of_clustered(
        [row["r"] for row in closed],
        opened // DAY_MS,
        seed=str(stored.summary["data"]["sha256"]),
        held_days=(np.array([row["closed_at"] for row in closed], dtype=np.int64) - opened)
        / DAY_MS,
        confidence=_evidence(stored.summary).get("confidence", CONFIDENCE),
    )
    mean = stored.summary["performance"]["trades"]["expectancy_r"]
    note = interval(told.low, told.high, "R") if told else ""
    return KeyNumber("Expectancy", mean, "R", note or "a trade", _tone(mean))


def _trades(trades: Mapping[str, Any]) -> KeyNumber:
    wins = f"{written(trades['win_rate'], 'share')} won" if trades["trades"] else "none closed"
    still_open = f", {trades['pending']} open" if trades["pending"] else ""
    return KeyNumber("Trades", trades["trades"], "count", wins + still_open)


def _cost_share(trades: Mapping[str, Any]) -> KeyNumber:
    """All costs as a share of what was made before them; unknown where nothing was made."""
    paid = sum(trades["costs"][name] for name in COSTS)
    # Slippage is in the prices of fills, so gross already lacks it.
    gross = trades["gross"] + trades["costs"]["slippage"]
    note = f"{written(paid, 'money')} paid"
    if gross <= 0:
        return KeyNumber("Costs of gross", None, "share", f"{note}, no gross profit")
    return KeyNumber("Costs of gross", paid / gross, "share", note)


def _benchmark(evidence: Mapping[str, Any]) -> KeyNumber:
    """What holding made, always, and beside it cash: without it a strip compares with nothing."""
    told = {each["name"]: each for each in evidence.get("benchmarks", ())}
    hold, cash = told.get("hold"), told.get("cash")
    beside = [f"cash {written(cash['total_return'], 'change')}"] if cash else []
    if hold is None:
        return KeyNumber(HOLD, None, "change", ", ".join(["not measured", *beside]))
    notes = [f"max drawdown {written(hold['max_drawdown'], 'share')}"]
    if (sharpe := written(hold["sharpe"], "ratio")) != UNKNOWN:
        notes.append(f"Sharpe {sharpe}")
    change = hold["total_return"]
    return KeyNumber(HOLD, change, "change", ", ".join([*notes, *beside]), _tone(change))


FEW_TRADES = 100


def verdict_sentence(summary: Mapping[str, Any]) -> str:
    """The verdict on the whole run, or that nobody asked for one."""
    if sentence := _evidence(summary).get("sentence"):
        return str(sentence)
    count = summary["performance"]["trades"]["trades"]
    if not count:
        return "No verdict: no trade was closed, so there is nothing to judge."
    trades = "1 trade" if count == 1 else f"{count:,} trades"
    return f"No verdict: {trades} of one history, not tested against luck."


def verdict_kind(summary: Mapping[str, Any]) -> str:
    """An edge if any rule has one, else what all rules got; empty without evidence."""
    found = {str(each["verdict"]) for each in _evidence(summary).get("rules", ())}
    if "edge" in found:
        return "edge"
    return found.pop() if len(found) == 1 else "no proven edge" if found else ""


def has_costs(settings: Mapping[str, Any]) -> bool:
    """Whether fees or a spread were charged."""
    return any(float(settings["costs"][name]) for name in ("taker", "maker", "half_spread"))


def warnings(summary: Mapping[str, Any]) -> list[str]:
    """Short red flags: of the evidence, and of data and settings that no verdict may rest on."""
    data, trades = summary["data"], summary["performance"]["trades"]
    found = []
    if data["synthetic_share"]:
        found.append(f"{written(data['synthetic_share'], 'share')} synthetic candles")
    if data["proxy_share"]:
        found.append(f"{written(data['proxy_share'], 'share')} of the candles from another venue")
    if not has_costs(summary["settings"]):
        found.append("no costs: for cross-checks only")
    if not summary.get("evidence"):  # which would say so itself
        found.append("not tested against luck")
        if trades["trades"] < FEW_TRADES:
            found.append(f"fewer than {FEW_TRADES} trades: {trades['trades']}")
    said = [str(flag) for flag in _evidence(summary).get("flags", ())]
    # The evidence may say the same with its number written in another way.
    heard = {_words(each) for each in said}
    return [*said, *(each for each in found if _words(each) not in heard)]


def _words(text: str) -> str:
    return text.split("%")[-1].strip()
