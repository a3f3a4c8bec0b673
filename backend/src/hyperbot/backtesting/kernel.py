"""What a kernel of this package is: compiled and kept like those of detection, with its own key."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba.core import config

from hyperbot.detection import kernel as detection_kernel

F = TypeVar("F", bound=Callable[..., Any])


def _digest() -> str:
    """Of all kernels here: Numba itself looks at the file of a function, not at what that calls."""
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*kernel.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


CACHE_FOLDER = detection_kernel.CACHE_FOLDER / f"backtesting-{_digest()}"
"""within that of detection, which is private wherever it must be"""


def kernel(function: F) -> F:
    """Compile `function` on its first call and keep it on disk; see `detection.kernel.kernel`."""
    compiled: F = numba.njit(nogil=True, error_model="numpy")(function)
    if not config.DISABLE_JIT:
        before = config.CACHE_DIR
        config.CACHE_DIR = str(CACHE_FOLDER)
        try:
            compiled._cache = detection_kernel._Cache(function)  # type: ignore[attr-defined]
        except RuntimeError:  # no place on this machine can be written to
            pass
        finally:
            config.CACHE_DIR = before
    return compiled


def part(function: F) -> F:
    """A piece that is compiled into its kernel, not called: calls count references to arrays."""
    inlined: F = numba.njit(inline="always", error_model="numpy")(function)
    return inlined
