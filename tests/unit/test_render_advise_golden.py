"""Whole outputs of ``advise``, byte for byte: what a change of a renderer changes is seen in review.

After a change that is meant: ``UPDATE_GOLDEN=1 pytest tests/unit/test_render_advise_golden.py``, then read the diff.
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from advise_samples import HINT, REBUILD, SMALL, advice, nothing, troubled

from goxray.core.advise_result import AdviseResult
from goxray.render import write
from goxray.render.advise_story import sections
from goxray.render.options import RenderOptions

GOLDEN = Path(__file__).parents[1] / "golden"
SCHEMA = Path(__file__).parents[2] / "docs/schema/goxray.advise-1.json"

CASES: dict[str, tuple[Callable[[], AdviseResult], str, RenderOptions]] = {
    "advise-80.txt": (advice, "table", RenderOptions(width=80)),
    "advise-120-zh.txt": (advice, "table", RenderOptions(width=120, lang="zh")),
    "advise-100-color.txt": (advice, "table", RenderOptions(width=100, color=True)),
    "advise-troubled-80-ascii.txt": (troubled, "table", RenderOptions(width=80, ascii_only=True)),
    "advise-nothing-80.txt": (nothing, "table", RenderOptions(width=80)),
    "advise.md": (advice, "md", RenderOptions()),
    "advise-zh.md": (advice, "md", RenderOptions(lang="zh")),
    "advise.json": (advice, "json", RenderOptions()),
}


def rendered(result: AdviseResult, fmt: str, options: RenderOptions) -> str:
    out = io.BytesIO()
    write(result, fmt, out, options, "advise")
    return out.getvalue().decode()


@pytest.mark.parametrize("name", CASES)
def test_output_is_as_reviewed(name: str) -> None:
    make, fmt, options = CASES[name]
    said, path = rendered(make(), fmt, options), GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_text(said, encoding="utf-8")
    assert said == path.read_text(encoding="utf-8")


def test_every_golden_file_has_a_case() -> None:
    assert {path.name for path in GOLDEN.glob("advise*")} == set(CASES)


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("make", [advice, troubled, nothing])
def test_no_line_is_wider_than_the_terminal(make: Callable[[], AdviseResult], width: int) -> None:
    lines = rendered(make(), "table", RenderOptions(width=width)).split("\n")
    assert max(map(len, lines)) <= width


def test_memory_comes_before_work_for_people_and_the_biggest_gain_first_in_json() -> None:
    text = rendered(advice(), "table", RenderOptions(width=100))
    order = [text.index(finding.title) for finding in (REBUILD, SMALL, HINT)]
    assert order == sorted(order)
    assert "the first gains 26.0 MiB" in text
    page = rendered(advice(), "html", RenderOptions())
    order = [page.index(finding.title) for finding in (REBUILD, SMALL, HINT)]
    assert order == sorted(order) and "Memory that comes back" in page and "可收回的内存" in page
    found = json.loads(rendered(advice(), "json", RenderOptions()))["findings"]
    assert [finding["gain_bytes"] for finding in found] == [40 << 20, 26 << 20, 5000]
    assert [heading for heading, _ in sections([REBUILD, SMALL], "en")] == [""]


def test_owners_whose_maps_hardly_change_have_no_row_of_their_own() -> None:
    text = rendered(advice(), "table", RenderOptions(width=200))
    assert "syscall.env" not in text and len(re.findall("main.sessions.byToken", text)) >= 2


@pytest.mark.parametrize("make", [advice, troubled, nothing])
def test_json_keeps_its_schema(make: Callable[[], AdviseResult]) -> None:
    for lang in ("en", "zh"):
        said = json.loads(rendered(make(), "json", RenderOptions(lang=lang)))  # type: ignore[arg-type]
        jsonschema.validate(said, json.loads(SCHEMA.read_text(encoding="utf-8")))
