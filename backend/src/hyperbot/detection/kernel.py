"""What a kernel is: compiled once per source and machine, reading no future, writing rows of facts.

Every kernel has one form, `kernel(candles, first, last, memory, facts)`: it writes its own rows of
`facts` for the candles first..last-1 and reads candles and facts up to the one it writes. Batch is
(0, n), live is (n-1, n), catching up is any range. Arrays may be a window on the history: what lies
before `first` is there for at least LOOKBACK candles, or back to the first candle of all.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numba
import numpy as np
from numba.core import config
from numba.core.caching import FunctionCache
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., Any])

BLOCK = 1024
"""candles that a vectorised kernel takes at once, so that its scratch stays in the cache"""
LOOKBACK = 128
"""candles and facts before the current one that a kernel may read"""

# Rows of `Memory.state`, one per family, and how many numbers each may keep.
ORIGIN_STATE, MEASURES_STATE, STRUCTURE_STATE, RANGE_STATE, CYCLE_STATE, ENTRY_STATE = range(6)
STATE_SHAPE = (6, 16)
ORIGIN = 0
"""state[ORIGIN_STATE, ORIGIN]: the absolute number of the candle at column 0 of the arrays"""

# Rows of `Memory.tables`: lists of levels and zones, in order of creation unless stated.
HIGH_LEVELS, LOW_LEVELS = 0, 1
SUPPORT, RESISTANCE = 2, 3
BULLISH_BLOCK, BEARISH_BLOCK = 4, 5
BULLISH_GAP, BEARISH_GAP = 6, 7
TABLES = 8
# Fields of a table; `Memory.sizes[table]` tells how many entries it holds.
TABLE_LOW, TABLE_HIGH, TABLE_CREATED, TABLE_LAST_TOUCH, TABLE_TOUCHES, TABLE_ORIGIN = range(6)
TABLE_FIELDS = 6

SCRATCH_ROWS = 24


class Memory(NamedTuple):
    """What kernels know besides candles and facts. All of it together is the saved state."""

    params: NDArray[np.float64]
    """`DetectionParams.flat()`"""
    state: NDArray[np.float64]
    """STATE_SHAPE: one row of carried numbers per family"""
    tables: NDArray[np.float64]
    """(TABLES, TABLE_FIELDS, capacity): levels and zones; twice as much room as they may take"""
    sizes: NDArray[np.int64]
    """(TABLES,): entries in each table"""
    scratch: NDArray[np.float64]
    """(SCRATCH_ROWS, LOOKBACK + BLOCK): room to work in; its content means nothing"""


class Outputs(NamedTuple):
    """The facts, one table per dtype; rows by `registry.row`, one column per candle."""

    flags: NDArray[np.int8]
    counts: NDArray[np.int32]
    ratios: NDArray[np.float32]
    prices: NDArray[np.float64]


def _cache_folder() -> Path:
    """A folder named by the content of all kernels; a private one if that cannot be made.

    Numba's own cache looks at a function's own file alone, and would keep a kernel whose callee
    in another file has changed; a folder per content cannot.
    """
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    base = os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("HYPERBOT_CACHE_DIR")
    if base is None:
        import platformdirs  # noqa: PLC0415 - only needed when nothing was chosen

        base = platformdirs.user_cache_dir("hyperbot", appauthor=False)
    folder = Path(base) / "kernels" / digest.hexdigest()[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        # Not a shared folder of a known name: what lies in the cache is run, so nobody else may
        # have put it there.
        return Path(tempfile.mkdtemp(prefix="hyperbot-kernels-"))
    return folder


CACHE_FOLDER = _cache_folder()
"""named by the content of the kernels, which is thus also their version"""


class _Cache(FunctionCache):  # type: ignore[misc]  # numba has no types
    """Numba's cache of compiled code on disk, which costs time when it fails, but nothing else."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:  # noqa: ANN401 - numba's types
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # noqa: BLE001 - a damaged file can fail in any way: compile anew
            with contextlib.suppress(OSError):
                self.flush()
            return None

    def save_overload(self, sig: Any, data: Any) -> None:  # noqa: ANN401 - numba's types
        with contextlib.suppress(OSError):  # a full or read-only disk
            super().save_overload(sig, data)


def kernel(function: F) -> F:
    """Compile `function` on its first call, keep it on disk, release the interpreter while it runs.

    No fast-math, no parallel reductions: the same bits on every run. Division by zero is not
    trapped (that would forbid vectorising), so kernels divide by what they have tested only.
    """
    compiled: F = numba.njit(nogil=True, error_model="numpy")(function)
    if not config.DISABLE_JIT:
        before = config.CACHE_DIR
        config.CACHE_DIR = str(CACHE_FOLDER)
        try:
            compiled._cache = _Cache(function)  # type: ignore[attr-defined]
        except RuntimeError:  # no place on this machine can be written to
            pass
        finally:
            config.CACHE_DIR = before
    return compiled


def part(function: F) -> F:
    """A piece of a kernel that is compiled into it, not called.

    For pieces called at every candle with whole `Memory` or `Outputs`: a call would count
    references to each of their arrays, atomically, which costs more than most pieces do.
    """
    inlined: F = numba.njit(inline="always", error_model="numpy")(function)
    return inlined
