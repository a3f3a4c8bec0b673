"""Candles on their way into the store: staged file by file, counted all together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.market import CandleSeries
from hyperbot.domain.resampling import off_grid
from hyperbot.storage.candle_manifest import (
    Manifest,
    SeriesKey,
    SeriesRecord,
    YearFile,
    dump_manifest,
)
from hyperbot.storage.candle_parquet import Candles, encode, read_year
from hyperbot.storage.durable_files import TEMPORARY_ENDING, write_durably


@dataclass(frozen=True, slots=True)
class Written:
    """What a delivery changed: candles that are new, that replaced others, that were there."""

    added: int = 0
    replaced: int = 0
    unchanged: int = 0

    def __add__(self, other: Written) -> Written:
        return Written(
            self.added + other.added,
            self.replaced + other.replaced,
            self.unchanged + other.unchanged,
        )


class Delivery:
    """Writes that are on their way: staged as files, counted once the manifest is replaced."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self._folder = folder
        self._manifest = dict(manifest)
        self._touched = {folder}
        self._is_changed = False

    def add(
        self, venue: str, series: CandleSeries, *, source: str = "", synthetic: bool = False
    ) -> Written:
        """Stage `series`; see CandleStore.write."""
        key = SeriesKey(venue, series.coin, series.timeframe)
        folder = self._folder / key.folder()
        record = self._manifest.get(key)
        _refuse_off_grid(series)
        if record and record.synthetic != synthetic:
            _refuse_mixture(record)
        files = {file.year: file for file in record.files} if record else {}
        self._touched.add(folder)
        written = Written()
        for year, part in _by_year(series):
            there = _still_there(folder, files.get(year))
            merged, changes = _merged(there, part)
            if there is None or changes.unchanged < part[0].size:
                files[year] = _staged(folder, year, merged, key)
            written += changes
        if written.added or written.replaced:
            self._is_changed = True
            ordered = tuple(file for _, file in sorted(files.items()))
            self._manifest[key] = SeriesRecord(key, synthetic, source, ordered)
        return written

    def commit(self) -> None:
        """Let all that was staged count from now on."""
        if self._is_changed:
            write_durably(self._folder / "manifest.json", dump_manifest(self._manifest))

    def sweep(self, manifest: Manifest) -> None:
        """Remove the files of the series written to that `manifest` does not name."""
        counting = {
            self._folder / record.key.folder() / file.name
            for record in manifest.values()
            for file in record.files
        }
        for folder in self._touched:
            for path in folder.glob("*"):
                if path.suffix in {".parquet", TEMPORARY_ENDING} and path not in counting:
                    path.unlink(missing_ok=True)


def _refuse_off_grid(series: CandleSeries) -> None:
    misplaced = off_grid(series.ts, series.timeframe)
    if misplaced.any():
        row = int(misplaced.argmax())
        raise InvalidInput(
            f"candle {row} of {series.coin} opens at {int(series.ts[row])} ms, where no "
            f"{series.timeframe} candle opens"
        )


def _refuse_mixture(record: SeriesRecord) -> None:
    there, new = ("synthetic", "real") if record.synthetic else ("real", "synthetic")
    raise InvalidInput(
        f"{record.venue} holds {there} {record.timeframe} candles of {record.coin}: {new} ones "
        "are not mixed with them, so name another venue"
    )


def _by_year(series: CandleSeries) -> Iterator[tuple[int, Candles]]:
    years = series.ts.astype("datetime64[ms]").astype("datetime64[Y]").astype(np.int64) + 1970
    for year in np.unique(years).tolist():
        first, end = np.searchsorted(years, [year, year + 1])
        yield year, (series.ts[first:end], series.columns[:, first:end])


def _still_there(folder: Path, file: YearFile | None) -> Candles | None:
    """The candles of `file`; a file that someone removed is made anew from what comes."""
    if file is None:
        return None
    try:
        return read_year(folder, file)
    except FileNotFoundError:
        return None


def _merged(there: Candles | None, new: Candles) -> tuple[Candles, Written]:
    ts, columns = new
    if there is None:
        return new, Written(added=ts.size)
    there_ts, merged = there[0], there[1].copy()
    places = np.searchsorted(there_ts, ts)
    is_known = there_ts[np.minimum(places, there_ts.size - 1)] == ts
    is_equal = (merged[:, places[is_known]] == columns[:, is_known]).all(0)
    merged[:, places[is_known]] = columns[:, is_known]
    all_ts = np.concatenate([there_ts, ts[~is_known]])
    order = np.argsort(all_ts, kind="stable")
    everything = np.concatenate([merged, columns[:, ~is_known]], axis=1)[:, order]
    unchanged, known = int(is_equal.sum()), int(is_known.sum())
    return (all_ts[order], everything), Written(ts.size - known, known - unchanged, unchanged)


def _staged(folder: Path, year: int, candles: Candles, key: SeriesKey) -> YearFile:
    ts, columns = candles
    content = encode(ts, columns)
    file = YearFile.describe(year, content, ts, key.timeframe)
    write_durably(folder / file.name, content)
    return file
