"""Whole outputs of ``heap`` and ``why``, byte for byte: what a change of a renderer changes is seen in review.

After a change that is meant: ``UPDATE_GOLDEN=1 pytest tests/unit/test_render_heap_golden.py``, then read the diff.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from heap_samples import empty_heap, heap, odd_heap, why, why_garbage, why_list, why_type

from goxray.render import write
from goxray.render.options import RenderOptions

GOLDEN = Path(__file__).parents[1] / "golden"

CASES: dict[str, tuple[Callable[[], Any], str, RenderOptions]] = {
    "heap-80.txt": (heap, "table", RenderOptions(width=80)),
    "heap-140.txt": (heap, "table", RenderOptions(width=140)),
    "heap-120-zh.txt": (heap, "table", RenderOptions(width=120, lang="zh")),
    "heap-100-color.txt": (heap, "table", RenderOptions(width=100, color=True)),
    "heap-odd-80-ascii.txt": (odd_heap, "table", RenderOptions(width=80, ascii_only=True)),
    "heap-odd-200.txt": (odd_heap, "table", RenderOptions(width=200)),
    "heap-empty-80.txt": (empty_heap, "table", RenderOptions(width=80)),
    "heap.json": (heap, "json", RenderOptions()),
    "heap-odd.json": (odd_heap, "json", RenderOptions()),
    "heap-owners.csv": (odd_heap, "csv", RenderOptions()),
    "heap-duplicates.csv": (odd_heap, "csv", RenderOptions(table="duplicates")),
    "why-80.txt": (why, "table", RenderOptions(width=80)),
    "why-120-zh.txt": (why_type, "table", RenderOptions(width=120, lang="zh")),
    "why-100-color.txt": (why, "table", RenderOptions(width=100, color=True)),
    "why-list-80-ascii.txt": (why_list, "table", RenderOptions(width=80, ascii_only=True)),
    "why-garbage-80.txt": (why_garbage, "table", RenderOptions(width=80)),
    "why.json": (why, "json", RenderOptions()),
}


@pytest.mark.parametrize("name", CASES)
def test_output_is_as_reviewed(name: str) -> None:
    make, fmt, options = CASES[name]
    out = io.BytesIO()
    write(make(), fmt, out, options, name.split("-")[0].split(".")[0])
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_bytes(out.getvalue())
    assert out.getvalue().decode() == path.read_bytes().decode()


def test_every_golden_file_has_a_case() -> None:
    ours = {path.name for path in GOLDEN.iterdir() if path.name.split("-")[0].split(".")[0] in ("heap", "why")}
    assert ours == set(CASES)
