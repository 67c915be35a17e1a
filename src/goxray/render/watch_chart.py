"""Small charts of block characters over time, for reports and the live view. Arrays in, rows of text out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from goxray.render.options import RenderOptions

F64 = NDArray[np.float64]

_EIGHTHS = " ▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Chart:
    """Rows of a picture, the top one first, each ``width`` cells; ``top`` is the value at the upper edge."""

    rows: tuple[str, ...]
    top: float


def in_bins(t_s: F64, values: F64, width: int, window: tuple[float, float]) -> F64:
    """Return the largest value in each of ``width`` equal pieces of the window; NaN where there is none.

    Args:
        t_s: seconds, rising.
        values: one a second of ``t_s``; NaN is no value.
        width: how many pieces.
        window: first and last second.
    """
    found = np.full(width, np.nan)
    low, high = window
    known = np.isfinite(values) & (t_s >= low) & (t_s <= high)
    if not known.any():
        return found
    place = np.minimum((t_s[known] - low) / max(high - low, 1e-9) * width, width - 1).astype(np.int64)
    np.fmax.at(found, place, values[known])
    return found


def held(values: F64) -> F64:
    """Return values with each gap filled by the value before it."""
    known = np.isfinite(values)
    last = np.maximum.accumulate(np.where(known, np.arange(len(values)), -1))
    return np.where(last >= 0, values[np.maximum(last, 0)], np.nan)


def draw(bars: F64, line: F64, height: int, options: RenderOptions) -> Chart:
    """Draw columns, and a line over them where it is above a column.

    Args:
        bars: heights of the columns, one a cell, NaN for none.
        line: heights of the line, NaN for none; far above all columns it is left out of the picture.
        height: rows.
        options: whether the terminal has block characters.
    """
    tallest = float(np.nanmax(bars)) if np.isfinite(bars).any() else 0.0
    near = np.where(line <= 4 * tallest, line, np.nan) if tallest else line
    top = max(tallest, float(np.nanmax(near)) if np.isfinite(near).any() else 0.0) or 1.0
    rows = [
        "".join(
            _cell(bar, mark, row, height, top, options) for bar, mark in zip(bars.tolist(), near.tolist(), strict=True)
        )
        for row in range(height - 1, -1, -1)
    ]
    return Chart(tuple(rows), top)


def _cell(bar: float, mark: float, row: int, height: int, top: float, options: RenderOptions) -> str:
    """One cell: how much of it the column fills, or the line where that runs through it above the column."""
    fill = 0.0 if math.isnan(bar) else min(max(bar / top * height - row, 0.0), 1.0)
    through = not math.isnan(mark) and row == min(int(mark / top * height), height - 1)
    if through and fill < 1.0:
        return "-" if options.ascii_only else "─"
    if options.ascii_only:
        return "#" if fill >= 0.5 else " "
    return _EIGHTHS[round(fill * 8)] if fill > 0 else " "


def sparkline(values: F64, options: RenderOptions) -> str:
    """Return one row of columns between the smallest and the largest value; blanks where nothing is known."""
    if not np.isfinite(values).any():
        return " " * len(values)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    signs = ".:-=+*#" if options.ascii_only else _EIGHTHS[1:]
    share = np.zeros(len(values)) if high == low else (values - low) / (high - low)
    return "".join(" " if math.isnan(x) else signs[round(x * (len(signs) - 1))] for x in share.tolist())
