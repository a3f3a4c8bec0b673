"""detection: closed candles in, named facts out. Pure."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hyperbot.detection.detector import Detector, detect, kernels_are_compiled
    from hyperbot.detection.facts import FactRow, Facts
    from hyperbot.detection.params import DetectionParams

__all__ = ["DetectionParams", "Detector", "FactRow", "Facts", "detect", "kernels_are_compiled"]

_MODULES = {"Facts": "facts", "FactRow": "facts", "DetectionParams": "params"}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the module exports
    """Import on first use, so that who needs only names and parameters does not load Numba."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"{__name__}.{_MODULES.get(name, 'detector')}")
    return getattr(module, name)
