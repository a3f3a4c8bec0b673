"""Pandas stays out of the process: pyarrow would import it behind our back, and it is slow."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


class _PandasIsAbsent:
    """An importer that says that there is no pandas."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("pandas is left out: hyperbot needs none of it", name=name)


@contextmanager
def pandas_left_out() -> Iterator[None]:
    """Keep pyarrow from importing pandas behind our back, wherever that is installed.

    With the first array it makes, pyarrow does so: half a second in which Ctrl-C ends in a
    traceback. None of our columns is pandas' (test_no_command_imports_pandas).
    """
    absent = _PandasIsAbsent()
    sys.meta_path.insert(0, absent)
    try:
        yield
    finally:
        sys.meta_path.remove(absent)


@contextmanager
def pandas_let_in() -> Iterator[None]:
    """For libraries that stand on pandas themselves, such as arch."""
    shut = [each for each in sys.meta_path if isinstance(each, _PandasIsAbsent)]
    for each in shut:
        sys.meta_path.remove(each)
    try:
        yield
    finally:
        sys.meta_path[:0] = shut
