"""``goxray model gc`` as text, JSON and page: goldens, the schema, what the pictures draw.

After a change that is meant: ``UPDATE_GOLDEN=1 pytest tests/unit/test_render_model_gc.py``, then read the diff.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from gc_samples import MIB, gc_result, gc_run, quiet_gc
from test_render_html import Page

from goxray.core.gc_result import GcMoment, GcResult
from goxray.render import gc_story, write
from goxray.render.options import RenderOptions
from tests.harness.goldens import GOLDEN, reviewed

SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "goxray.model-gc-1.json"

CASES: dict[str, tuple[Callable[[], GcResult], str, RenderOptions]] = {
    "modelgc-80.txt": (gc_result, "table", RenderOptions(width=80)),
    "modelgc-140.txt": (gc_result, "table", RenderOptions(width=140)),
    "modelgc-120-zh.txt": (gc_result, "table", RenderOptions(width=120, lang="zh")),
    "modelgc-100-color.txt": (gc_result, "table", RenderOptions(width=100, color=True)),
    "modelgc-100-ascii.txt": (gc_result, "table", RenderOptions(width=100, ascii_only=True)),
    "modelgc-quiet-80.txt": (quiet_gc, "table", RenderOptions(width=80)),
    "modelgc.json": (gc_result, "json", RenderOptions()),
}


def written(result: GcResult, fmt: str, options: RenderOptions) -> str:
    out = io.BytesIO()
    write(result, fmt, out, options, "model-gc")
    return out.getvalue().decode("utf-8")


@pytest.mark.parametrize("name", CASES)
def test_output_is_as_reviewed(name: str) -> None:
    make, fmt, options = CASES[name]
    text = written(make(), fmt, options)
    assert text == reviewed(name, text)


def test_every_golden_file_has_a_case() -> None:
    assert {path.name for path in GOLDEN.glob("modelgc*")} == set(CASES)


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_pictures_keep_within_the_width(width: int) -> None:
    text = written(gc_result(), "table", RenderOptions(width=width, ascii_only=True))
    pictures = [line for line in text.splitlines() if re.fullmatch(r" +\d? ?[#+.|\- ]+", line)]
    assert len(pictures) >= 20
    assert max(map(len, pictures)) <= width
    assert text.isascii()


def test_bars_are_in_proportion() -> None:
    steps = gc_run().steps  # heaps of 4 and 12 MiB, the largest goal 16 MiB: ten cells a MiB
    assert gc_story.widest(steps) == 16 * MIB
    bars = gc_story.bars(steps, 160)
    assert bars == [(10, 0, 30, 40), (80, 20, 20, 159), (80, 20, 20, -1), (20, 0, 100, 40)]
    far = [replace(step, heap_goal=19 * MIB) for step in steps]
    assert gc_story.widest(far) == 12 * MIB and {goal for *_, goal in gc_story.bars(far, 120)} == {-1}


def test_the_curve_joins_moments_by_straight_lines() -> None:
    picture = [GcMoment(0, 0, 100, 0), GcMoment(100, 100, 100, 1), GcMoment(100, 10, 50, 1)]
    places = gc_story.columns(picture, 11)
    assert [heap for heap, _ in places] == [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]
    assert {goal for _, goal in places} == {100}
    assert gc_story.columns([], 10) == []


# --- JSON -------------------------------------------------------------------------------------------------------------


def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("make", [gc_result, quiet_gc])
def test_the_shipped_schema_accepts_it(make: Callable[[], GcResult]) -> None:
    validator().validate(json.loads(written(make(), "json", RenderOptions(lang="zh"))))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda told: told.pop("scenario"),
        lambda told: told.update(schema="goxray.model-gc/2"),
        lambda told: told.update(more=1),
        lambda told: told["runs"][0].pop("most_cycles"),
        lambda told: told["runs"][0]["steps"][0].pop("heap_alloc"),
        lambda told: told["runs"][0]["steps"][0].update(heap_idle=-1),
        lambda told: told["runs"][0]["steps"][1]["ranges"].update(step={"low": 1, "high": 2}),
        lambda told: told["runs"][0]["steps"][1]["ranges"]["num_gc"].pop("low"),
        lambda told: told["runs"][0]["cycles"][0].update(forced="no"),
        lambda told: told["runs"][0]["cycles"][0].update(trace="gc 1 @0.1s"),
    ],
)
def test_the_schema_refuses_what_is_not_it(spoil: Any) -> None:
    told = json.loads(written(gc_result(), "json", RenderOptions()))
    spoil(told)
    assert not validator().is_valid(told)


# --- the page ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("make", [gc_result, quiet_gc])
def test_the_page_is_well_formed_and_loads_nothing(make: Callable[[], GcResult], lang: Any) -> None:
    text = written(make(), "html", RenderOptions(lang=lang))
    for tag, attributes in Page(text).elements:
        assert tag not in {"link", "iframe", "img", "object", "embed", "base", "form"}
        assert not {"src", "srcset", "action", "style", "xlink:href"} & set(attributes)
        assert not [name for name in attributes if name.startswith("on")]
    assert not re.search(r"url\(|@import|https?://|fetch\(|XMLHttpRequest|innerHTML|eval\(", text)


def test_the_page_has_each_version_step_and_collection() -> None:
    text = written(gc_result(), "html", RenderOptions())
    assert "<b>&" not in text and "drop users; &lt;b&gt;&amp;" in text
    assert text.count('class="gc-bar"') == 8 and text.count('class="gc"') == 2
    assert text.count("8-&gt;8-&gt;2 MB, 6 MB goal") == 2 or text.count("8->8->2 MB, 6 MB goal") == 2
    rects = re.findall(r'<rect class="gc-(\w+)" x="([\d.]+)" width="([\d.]+)"', text)
    assert rects[:4] == [
        ("inuse", "0", "62.5"), ("idle", "62.5", "0"), ("released", "62.5", "187.5"), ("next", "250", "2"),
    ]  # fmt: skip


def test_a_statement_cannot_break_out_of_the_text() -> None:
    run = gc_run()
    odd = replace(run, steps=(run.steps[0], replace(run.steps[1], text="gc\x1b[31m\u202ex")))
    text = written(replace(gc_result(), runs=(odd,)), "table", RenderOptions(width=140))
    assert "\x1b" not in text and "\u202e" not in text
