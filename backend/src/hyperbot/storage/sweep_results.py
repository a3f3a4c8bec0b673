"""A sweep as a folder: what was asked, each finished chunk, and in the end what was found."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from hyperbot.backtesting.sweep import ChunkTrades
from hyperbot.domain.errors import InvalidInput
from hyperbot.domain.rules import Playbook, StrategyRule
from hyperbot.storage.durable_files import TEMPORARY_ENDING, write_durably
from hyperbot.storage.rule_files import write_rules

SPEC, SUMMARY, TRIALS, BEST, CHUNKS = (
    "spec.json",
    "sweep.json",
    "sweep.parquet",
    "best.yaml",
    "chunks",
)
_FILES = frozenset({SPEC, SUMMARY, TRIALS, BEST, CHUNKS})
_ENDING = ".npz"
_HASH_LENGTH = 64


class SweepFolder:
    """The folder of one sweep. Every method raises InvalidInput when the disk refuses."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, spec: Mapping[str, Any], *, overwrite: bool) -> None:
        """Make the folder ready for the sweep `spec`, to begin it or to go on with it."""
        with self._errors_told("write"):
            self._check_place()
            there = self._spec()
            if there is not None and there != _plain(spec) and not overwrite:
                changed = [key for key in spec if there.get(key) != _plain(spec)[key]]
                raise InvalidInput(
                    f"{self._folder} holds another sweep, which differs in"
                    f" {', '.join(changed) or 'what it says'}: choose another --out, or say"
                    " --overwrite"
                )
            if overwrite:
                self._empty()
            (self._folder / CHUNKS).mkdir(parents=True, exist_ok=True)
            write_durably(self._folder / SPEC, _json_bytes(spec))

    def read(self, key: str) -> ChunkTrades | None:
        """The finished chunk, or None where there is none, or no whole one."""
        try:
            content = self._chunk(key).read_bytes()
        except OSError:
            return None
        told, body = content[:_HASH_LENGTH], content[_HASH_LENGTH:]
        if hashlib.sha256(key.encode() + body).hexdigest().encode() != told:
            return None
        with np.load(io.BytesIO(body), allow_pickle=False) as arrays:
            return ChunkTrades(*(arrays[name] for name in ChunkTrades._fields))

    def write(self, key: str, trades: ChunkTrades) -> None:
        """Keep a finished chunk."""
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **trades._asdict())
        body = buffer.getvalue()
        told = hashlib.sha256(key.encode() + body).hexdigest().encode()
        with self._errors_told("write"):
            write_durably(self._chunk(key), told, body)

    def finish(
        self, summary: Mapping[str, Any], trials: list[dict[str, Any]], best: StrategyRule | None
    ) -> None:
        """Write what was found; the same findings give the same bytes."""
        with self._errors_told("write"):
            write_durably(self._folder / TRIALS, _parquet(trials))
            if best is not None:
                text = write_rules(Playbook(rules=(best,)))
                write_durably(self._folder / BEST, text.encode())
            write_durably(self._folder / SUMMARY, _json_bytes(summary))

    def _chunk(self, key: str) -> Path:
        return self._folder / CHUNKS / f"{key}{_ENDING}"

    def _check_place(self) -> None:
        folder = self._folder
        if not folder.parent.is_dir():
            raise InvalidInput(f"cannot write {folder}: there is no folder {folder.parent}")
        if folder.exists() and not folder.is_dir():
            raise InvalidInput(f"{folder} is there and is not a folder: choose another name")
        if not folder.is_dir():
            return
        names = {path.name for path in folder.iterdir()}
        foreign = sorted(name for name in names - _FILES if not name.endswith(TEMPORARY_ENDING))
        if foreign or (names and SPEC not in names):
            raise InvalidInput(
                f"{folder} is not a sweep of ours, and is left as it is: choose another --out"
            )

    def _spec(self) -> dict[str, Any] | None:
        try:
            spec = json.loads((self._folder / SPEC).read_bytes())
        except FileNotFoundError:
            return None
        except (ValueError, RecursionError):
            return {}
        return spec if isinstance(spec, dict) else {}

    def _empty(self) -> None:
        for name in (SUMMARY, TRIALS, BEST):
            (self._folder / name).unlink(missing_ok=True)
        for chunk in (self._folder / CHUNKS).glob(f"*{_ENDING}"):
            with suppress(FileNotFoundError):
                chunk.unlink()

    @contextmanager
    def _errors_told(self, verb: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = error.strerror or str(error)
            raise InvalidInput(f"cannot {verb} {self._folder}: {reason}") from error


class NotKept:
    """Where no folder was named: nothing is there, and nothing is kept."""

    def read(self, key: str) -> ChunkTrades | None:
        """Never there."""
        return None

    def write(self, key: str, trades: ChunkTrades) -> None:
        """Forgotten."""


def _plain(spec: Mapping[str, Any]) -> dict[str, Any]:
    """As it comes back from JSON."""
    plain: dict[str, Any] = json.loads(_json_bytes(spec))
    return plain


def _json_bytes(document: Mapping[str, Any]) -> bytes:
    text = json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False)
    return f"{text}\n".encode()


def _parquet(rows: list[dict[str, Any]]) -> memoryview:
    import pyarrow as pa  # noqa: PLC0415 - a fifth of a second
    import pyarrow.parquet as pq  # noqa: PLC0415

    text, whole, number = pa.string(), pa.int64(), pa.float64()
    schema = pa.schema(
        {
            **dict.fromkeys(("rule", "rule_sha256", "changes", "coin"), text),
            **dict.fromkeys(("signals", "trades", "pending"), whole),
            **dict.fromkeys(("mean_r", "total_r", "sharpe"), number),
            "fold_trades": pa.list_(whole),
            "fold_total_r": pa.list_(number),
        }
    )
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), sink, compression="zstd")
    return memoryview(sink.getvalue())
