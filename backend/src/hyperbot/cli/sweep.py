"""`hyperbot sweep`: try many variants of rules, count all of them, judge the best."""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hyperbot.cli.backtest_market import MarketChoice
from hyperbot.cli.compilation import compiling
from hyperbot.cli.play_options import MARKET, RULES, TERMS, options
from hyperbot.cli.terminal import print_json
from hyperbot.domain.errors import InvalidInput

if TYPE_CHECKING:
    from hyperbot.backtesting.sweep_document import SweepResult

EPILOG = """\b
Examples:
  hyperbot sweep --coins BTC,ETH --vary 'le-15m:confluence_required.min_score=0.5:0.8:0.1' --out s1
  hyperbot sweep --rules my.yaml --vary '*:risk_params.stop.buffer_atr=0.1,0.3,0.5' \\
                 --vary '*:risk_params.targets.0.r=0.5,1,1.5'
  hyperbot sweep --search random --trials 500 --vary 'onion-5m:risk_params.stop.buffer_atr=0.0..1.0'
  hyperbot sweep --search bayes --trials 200 --cluster tcp://10.0.0.5:8786 --vary ...

\b
VALUES are choices (0.1,0.3 or words), steps (FIRST:LAST:STEP), or a range for random and bayes:
0.0..1.0 has all numbers between, 0..3 the whole ones.
PATH leads into a rule as YAML writes it; `hyperbot rules show` shows what there is."""

MOST_WORKERS, MOST_PORTS = 256, 65_535
_ADDRESS = re.compile(r"((tcp|tls|ws|wss)://)?([^\s/:\[\]]+|\[[^\s/\[\]]+\]):(\d{1,5})", re.ASCII)


@click.command(epilog=EPILOG)
@options(RULES)
@click.option(
    "--vary",
    "varied",
    multiple=True,
    metavar="RULE:PATH=VALUES",
    help="What to vary, in one rule or in all (*); may be repeated.",
)
@click.option(
    "--search",
    type=click.Choice(["grid", "random", "bayes"]),
    default="grid",
    show_default=True,
    help="All combinations, some by chance, or a search that learns.",
)
@click.option(
    "--trials",
    type=click.IntRange(1, 50_000),
    metavar="N",
    help="How many variants random and bayes try.  [default: 100]",
)
@options(MARKET, TERMS)
@click.option(
    "--folds",
    type=click.IntRange(2, 1000),
    default=5,
    show_default=True,
    help="Stretches to walk forward over.",
)
@click.option(
    "--hold-out",
    type=click.FloatRange(0, 0.9),
    default=0.2,
    show_default=True,
    help="Last share of the span, locked until it is opened once; 0: none.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, MOST_WORKERS),
    metavar="N",
    help="Processes.  [default: one for each core]",
)
@click.option(
    "--cluster", metavar="tcp://HOST:PORT", help="Work on the machines of a Dask scheduler."
)
@click.option("--seed", default="hyperbot", show_default=True, help="Where chance begins.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder for results, and for going on after a stop.",
)
@click.option("--overwrite", is_flag=True, help="Replace an earlier sweep in --out.")
@click.option("--json", "is_json", is_flag=True, help="Print the findings as JSON.")
def sweep(**given: Any) -> None:  # noqa: ANN401 - as click gives it
    """Try many variants of rules on many coins, and judge the best of them.

    Each variant is traded alone, with all costs. All are counted in the ledger of trials, and the
    best one is shown only together with what luck alone would have made of so many.
    """
    asked = Asked(**given)
    asked.check()
    result = asked.result()
    if asked.out is not None:
        from hyperbot.cli.sweep_run import write_sweep  # noqa: PLC0415 - numba

        write_sweep(result, asked.out)
    if asked.is_json:
        from hyperbot.backtesting.sweep_document import sweep_document  # noqa: PLC0415 - numba

        print_json(sweep_document(result))
        return
    from hyperbot.cli.sweep_summary import print_sweep  # noqa: PLC0415 - only to print

    print_sweep(result, asked.out, asked.data)


@dataclass(frozen=True, slots=True)
class Asked:
    """The options, as they were written."""

    rule_file: Path | None
    playbook: str | None
    varied: tuple[str, ...]
    search: str
    trials: int | None
    candles: Path | None
    funding: Path | None
    venue: str | None
    coins: str | None
    since: str | None
    until: str | None
    fills: str
    no_costs: bool
    folds: int
    hold_out: float
    workers: int | None
    cluster: str | None
    seed: str
    out: Path | None
    overwrite: bool
    is_json: bool

    @property
    def data(self) -> str:
        """The options that name the data, for a command that goes on from here."""
        named = {
            "--candles": self.candles,
            "--funding": self.funding,
            "--venue": self.venue,
            "--coins": self.coins,
            "--from": self.since,
            "--to": self.until,
        }
        given = (f" {name} {shlex.quote(str(each))}" for name, each in named.items() if each)
        return "".join(given)

    def check(self) -> None:
        """Refuse what cannot be meant, before any work. Raises InvalidInput."""
        if self.rule_file is not None and self.playbook is not None:
            raise InvalidInput("--rules and --playbook name different rules: leave one out")
        if self.trials is not None and self.search == "grid":
            raise InvalidInput("--trials belongs to --search random or bayes: a grid tries all")
        if self.cluster is not None and self.workers is not None:
            raise InvalidInput("--workers are of this machine: a --cluster has its own")
        if self.cluster is not None:
            _check_address(self.cluster)
        if not 0 <= self.hold_out < 1:  # click lets pass what is no number
            raise InvalidInput(f"--hold-out {self.hold_out}: give a share from 0 to 0.9")
        if self.search != "grid" and not self.varied:
            raise InvalidInput(f"--search {self.search} needs something to --vary")
        if self.overwrite and self.out is None:
            raise InvalidInput("--overwrite belongs to --out")

    def result(self) -> SweepResult:
        """Read, run and judge. Raises InvalidInput."""
        from hyperbot.cli.sweep_run import Wish, sweep  # noqa: PLC0415 - numba

        choice = MarketChoice(
            candles=None if self.candles is None else self.candles.absolute(),
            venue=self.venue,
            coins=self.coins,
            since=self.since,
            until=self.until,
            finer=None,
            funding=None if self.funding is None else self.funding.absolute(),
            timeframe=None,
            has_funding=not self.no_costs,
        )
        wish = Wish(
            choice=choice,
            rules=self.rule_file or self.playbook or "default",
            varied=self.varied,
            search=self.search,
            trials=self.trials or 100,
            folds=self.folds,
            hold_out=self.hold_out,
            workers=self.workers or os.cpu_count() or 1,
            cluster=self.cluster,
            seed=self.seed,
            out=self.out,
            overwrite=self.overwrite,
            has_costs=not self.no_costs,
            touch_fills=self.fills == "touch",
        )
        compile_kernels()
        try:
            return sweep(wish)
        except KeyboardInterrupt:
            click.echo(_how_to_go_on(self.out), err=True)
            raise click.Abort from None


def _check_address(address: str) -> None:
    """Refuse what Dask would take minutes, or a traceback, to refuse."""
    found = _ADDRESS.fullmatch(address)
    if found is None or not 0 < int(found[4]) <= MOST_PORTS:
        raise InvalidInput(
            f"--cluster {address[:80]!r} is no address of a scheduler: write it as tcp://HOST:PORT"
        )


def _how_to_go_on(out: Path | None) -> str:
    if out is None:
        return "Nothing was kept: name a folder with --out to go on after a stop."
    return f"What is finished stays in {out}: the same command goes on from there."


def compile_kernels() -> None:
    """Once and here, lest every worker does it at the same time."""
    import numpy as np  # noqa: PLC0415 - only to work

    from hyperbot.detection import kernels_are_compiled  # noqa: PLC0415 - numba
    from hyperbot.detection.detector import detect  # noqa: PLC0415 - numba
    from hyperbot.domain.market import CandleSeries  # noqa: PLC0415 - numpy

    if not kernels_are_compiled():
        with compiling():
            detect(CandleSeries("none", "1m", np.array([0]), *[[1.0]] * 5))
