"""Whole outputs, byte for byte, of two fixed results: what a change of a renderer changes is seen in review.

After a change that is meant: ``UPDATE_GOLDEN=1 pytest tests/unit/test_render_golden.py``, then read the diff.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from render_samples import grouped, nothing, single

from goxray.core.result import MapsResult
from goxray.render import write
from goxray.render.options import RenderOptions

GOLDEN = Path(__file__).parents[1] / "golden"

CASES: dict[str, tuple[Callable[[], MapsResult], str, RenderOptions]] = {
    "grouped-80.txt": (grouped, "table", RenderOptions(width=80)),
    "grouped-140.txt": (grouped, "table", RenderOptions(width=140)),
    "grouped-120-zh.txt": (grouped, "table", RenderOptions(width=120, lang="zh")),
    "grouped-100-color.txt": (grouped, "table", RenderOptions(width=100, color=True)),
    "single-80-ascii.txt": (single, "table", RenderOptions(width=80, ascii_only=True)),
    "single-200.txt": (lambda: single(verified_maps=3), "table", RenderOptions(width=200)),
    "nothing-80.txt": (nothing, "table", RenderOptions(width=80)),
    "grouped.json": (grouped, "json", RenderOptions()),
    "single.json": (lambda: single(verified_maps=3), "json", RenderOptions()),
    "single.csv": (single, "csv", RenderOptions()),
}


@pytest.mark.parametrize("name", CASES)
def test_output_is_as_reviewed(name: str) -> None:
    make, fmt, options = CASES[name]
    out = io.BytesIO()
    write(make(), fmt, out, options)
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_bytes(out.getvalue())
    assert out.getvalue().decode() == path.read_bytes().decode()


def test_every_golden_file_has_a_case() -> None:
    ours = {path.name for path in GOLDEN.iterdir() if path.name.split("-")[0].split(".")[0] in ("grouped", "single")}
    assert ours <= set(CASES)
