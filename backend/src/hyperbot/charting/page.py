"""The HTML page: assets and data in one file that needs no network and runs nothing else."""

from __future__ import annotations

import html
import re
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import Any

from hyperbot.charting.compact import script_json

LIBRARY = "lightweight-charts.standalone.production.js"
NOTICE = "NOTICE.lightweight-charts"


@dataclass(frozen=True, slots=True)
class PageParts:
    """The assets of one kind of page; scripts and styles in the order in which they are put."""

    template: str
    styles: tuple[str, ...]
    scripts: tuple[str, ...]


CHART = PageParts(
    "chart.html",
    ("chart.css",),
    (
        "data.js",
        "theme.js",
        "formats.js",
        "shapes.js",
        "geometry.js",
        "paint_zones.js",
        "paint_marks.js",
        "chart_view.js",
        "paint_trades.js",
        "tooltip.js",
        "candle_panel.js",
        "controls.js",
        "main.js",
    ),
)


def page(parts: PageParts, title: str, data: Any) -> str:  # noqa: ANN401 - whatever JSON can hold
    """The whole page as text; `data` reaches the scripts as JSON, `title` as escaped text."""
    library = _asset(LIBRARY)
    # One function around all of it, so that the scripts share names with each other alone.
    own = "(() => {\n'use strict';\n" + "\n".join(map(_asset, parts.scripts)) + "\n})();"
    filled = {
        "title": html.escape(title),
        "policy": _policy(library, own),
        "styles": "\n".join(map(_asset, parts.styles)),
        "data": script_json(data),
        "library": library,
        "scripts": own,
        "notice": html.escape(_asset(NOTICE).strip()),
    }
    # One pass: what is filled in is never searched for further places to fill.
    return re.sub(r"\{\{(\w+)\}\}", lambda place: filled[place[1]], _asset(parts.template))


def _asset(name: str) -> str:
    return (files("hyperbot.charting") / "assets" / name).read_text(encoding="utf-8")


def _policy(*scripts: str) -> str:
    # Only these scripts run, and the page can reach nothing, whatever a name in it holds.
    digests = (b64encode(sha256(script.encode()).digest()).decode() for script in scripts)
    sources = " ".join(f"'sha256-{digest}'" for digest in digests)
    return f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src {sources}"
