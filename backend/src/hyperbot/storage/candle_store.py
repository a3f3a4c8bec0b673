"""Candles on disk: Parquet by year as the archive, a memory-mapped cache for speed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from hyperbot.domain.errors import Fatal, InvalidInput
from hyperbot.domain.market import LATEST_TS, CandleSeries, Timeframe
from hyperbot.storage.candle_cache import CandleCache
from hyperbot.storage.candle_delivery import Delivery, Written
from hyperbot.storage.candle_manifest import (
    Manifest,
    SeriesKey,
    SeriesRecord,
    damaged_manifest,
    load_manifest,
)
from hyperbot.storage.candle_parquet import read_year
from hyperbot.storage.durable_files import disk_errors_told, locked


class CandleStore:
    """Candle series by venue, coin and timeframe; safe to kill at any moment.

    `candles/manifest.json` below `data_directory` says which files count and is replaced last;
    file names carry a hash of their content, so nothing that counts is ever overwritten. Writers
    of all processes take turns by a lock file; readers need no lock. What lies below
    `cache_directory` can be deleted at any time.

    Every method raises Fatal when the disk refuses or a file is damaged.
    """

    def __init__(self, data_directory: Path, cache_directory: Path) -> None:
        self._folder = data_directory / "candles"
        self._manifest_path = self._folder / "manifest.json"
        self._cache = CandleCache(cache_directory)
        self._known: tuple[tuple[int, ...], Manifest] = ((), {})

    def list(self) -> tuple[SeriesRecord, ...]:
        """What the store holds, by venue, coin and timeframe."""
        return tuple(record for _, record in sorted(self._manifest().items()))

    def read(
        self,
        venue: str,
        coin: str,
        timeframe: Timeframe | str,
        since_ms: int | None = None,
        until_ms: int | None = None,
    ) -> CandleSeries:
        """The candles that open in [since_ms, until_ms), mapped from the cache without a copy.

        Raises InvalidInput when the store has no such series.
        """
        length = Timeframe.parse(timeframe) if isinstance(timeframe, str) else timeframe
        key = SeriesKey(venue, coin, length)
        with disk_errors_told():
            series = self._newest(key)
        if since_ms is None and until_ms is None:
            return series
        return series.between(
            0 if since_ms is None else since_ms, LATEST_TS if until_ms is None else until_ms
        )

    def write(
        self, venue: str, series: CandleSeries, *, source: str = "", synthetic: bool = False
    ) -> Written:
        """Add `series` to what `venue` delivered of its coin and timeframe before.

        Where a candle of the same time was there, the new one counts. `source` says in a few
        words where the candles come from. Raises InvalidInput for names that cannot be kept, for
        times between two candles, and when synthetic candles would be mixed with real ones.
        """
        with self.delivery() as delivery:
            return delivery.add(venue, series, source=source, synthetic=synthetic)

    @contextmanager
    def delivery(self) -> Iterator[Delivery]:
        """Several writes that count together when the block ends, or not at all if it fails."""
        with disk_errors_told(), locked(self._folder / ".lock"):
            delivery = Delivery(self._folder, self._manifest())
            try:
                yield delivery
                delivery.commit()
            finally:
                with suppress(OSError, Fatal):  # what stays is swept after the next delivery
                    delivery.sweep(self._manifest())

    def _manifest(self) -> Manifest:
        with disk_errors_told():
            return load_manifest(self._manifest_path)

    def _known_manifest(self) -> Manifest:
        """The manifest, parsed only when its file changed: reading hundreds of series is cheap."""
        try:
            state = self._manifest_path.stat()
        except FileNotFoundError:
            return {}
        stamp = (state.st_ino, state.st_size, state.st_mtime_ns)
        if self._known[0] != stamp:
            self._known = (stamp, self._manifest())
        return self._known[1]

    def _newest(self, key: SeriesKey) -> CandleSeries:
        record = self._record(key, self._known_manifest())
        while True:
            try:
                return self._cache.find(record) or self._build(record)
            except FileNotFoundError as error:
                earlier, record = record, self._record(key, self._manifest())
                if record == earlier:  # no writer replaced it meanwhile: it is really missing
                    raise Fatal(
                        f"{error.filename} is missing: import the {key.timeframe} candles of "
                        f"{key.coin} of that year again"
                    ) from error

    @staticmethod
    def _record(key: SeriesKey, manifest: Manifest) -> SeriesRecord:
        key.folder()  # names that cannot be kept get their own sentence
        record = manifest.get(key)
        if record is None:
            raise InvalidInput(
                f"the store holds no {key.timeframe} candles of {key.coin} from {key.venue}: "
                "`hyperbot candles list` shows what it holds"
            )
        return record

    def _build(self, record: SeriesRecord) -> CandleSeries:
        folder = self._folder / record.key.folder()
        years = [read_year(folder, file) for file in record.files]
        for (times, _), file in zip(years, record.files, strict=True):
            if times.size != file.rows or (times[0], times[-1]) != (file.first, file.last):
                raise damaged_manifest(self._manifest_path)
        ts = np.concatenate([times for times, _ in years])
        return self._cache.keep(record, ts, np.concatenate([columns for _, columns in years], 1))
