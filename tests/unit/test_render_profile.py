"""``goxray profile`` as text, JSON, tables and page: goldens, the schema, and what the page holds.

After a change that is meant: ``UPDATE_GOLDEN=1 pytest tests/unit/test_render_profile.py``, then read the diff.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pyarrow.parquet as pq
import pytest
from profile_samples import difference, empty_profile, goroutines, heap_profile
from test_render_html import Page

from goxray.core.errors import UsageError
from goxray.core.profile_result import ProfileResult
from goxray.render import profile_story, write
from goxray.render.options import RenderOptions
from tests.harness.goldens import GOLDEN, reviewed

SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "goxray.profile-1.json"

CASES: dict[str, tuple[Callable[[], ProfileResult], str, RenderOptions]] = {
    "profile-80.txt": (heap_profile, "table", RenderOptions(width=80)),
    "profile-140.txt": (heap_profile, "table", RenderOptions(width=140)),
    "profile-120-zh.txt": (heap_profile, "table", RenderOptions(width=120, lang="zh")),
    "profile-100-color.txt": (difference, "table", RenderOptions(width=100, color=True)),
    "profile-goroutines-80-ascii.txt": (goroutines, "table", RenderOptions(width=80, ascii_only=True)),
    "profile-nothing-80.txt": (empty_profile, "table", RenderOptions(width=80)),
    "profile.json": (heap_profile, "json", RenderOptions()),
    "profile.csv": (heap_profile, "csv", RenderOptions()),
    "profile-maps.csv": (heap_profile, "csv", RenderOptions(table="maps")),
}


def written(result: ProfileResult, fmt: str, options: RenderOptions) -> bytes:
    out = io.BytesIO()
    write(result, fmt, out, options, "profile")
    return out.getvalue()


@pytest.mark.parametrize("name", CASES)
def test_output_is_as_reviewed(name: str) -> None:
    make, fmt, options = CASES[name]
    text = written(make(), fmt, options).decode("utf-8")
    assert text == reviewed(name, text)


def test_every_golden_file_of_profiles_has_a_case() -> None:
    assert {path.name for path in GOLDEN.glob("profile*")} == set(CASES)


@pytest.mark.parametrize("make", [heap_profile, difference, goroutines, empty_profile])
def test_json_keeps_to_its_schema(make: Callable[[], ProfileResult]) -> None:
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    document = json.loads(written(make(), "json", RenderOptions()))
    jsonschema.Draft202012Validator(schema).validate(document)
    for spoilt in ({**document, "form": "other"}, {**document, "more": 1}, {**document, "totals": {"x": "1"}}):
        assert not jsonschema.Draft202012Validator(schema).is_valid(spoilt)


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_tables_keep_within_the_width(width: int) -> None:
    for make in (heap_profile, difference, goroutines):
        text = written(make(), "table", RenderOptions(width=width, ascii_only=True)).decode("ascii")
        assert max(map(len, text.splitlines())) <= width
        assert "\x1b" not in text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_sentences_name_the_figures(lang: str) -> None:
    told = profile_story.tell(heap_profile(), lang)  # type: ignore[arg-type]
    for figure in ("36.0 MiB", "240 MiB", "55.56%", "12.0 MiB ± 4.00 MiB", "33.33%", "14.0 MiB"):
        assert figure in told
    changed = profile_story.tell(difference(), lang)  # type: ignore[arg-type]
    for figure in ("-1.00 MiB", "3.00 MiB", "-2.00 MiB"):
        assert figure in changed


def test_the_page_has_every_row_and_the_call_paths() -> None:
    html = written(heap_profile(), "html", RenderOptions()).decode("utf-8")
    texts = " ".join(Page(html).texts)
    for row in heap_profile().top:
        assert row.function in texts
    for text in ("store.go:41", "map[string]*shop.Session", "main.cache.byUser", "128 groups", "they grew since"):
        assert text in texts
    assert html.count('class="block ') == 1 + 3  # all of it, main.main, and the two that it calls
    assert "\x1b" not in written(goroutines(), "html", RenderOptions()).decode("utf-8")


def test_parquet_carries_the_report(tmp_path: Path) -> None:
    table = pq.read_table(io.BytesIO(written(heap_profile(), "parquet", RenderOptions())))
    assert table.column("flat").to_pylist() == [row.flats[3] for row in heap_profile().top]
    assert table.column("cum_alloc_space").to_pylist() == [row.cums[1] for row in heap_profile().top]
    assert json.loads(table.schema.metadata[b"goxray"])["totals"]["inuse_space"] == 36 << 20
    rows = list(csv.DictReader(io.StringIO(written(heap_profile(), "csv", RenderOptions()).decode())))
    assert [row["function"] for row in rows] == table.column("function").to_pylist()


def test_only_heap_profiles_have_a_table_of_maps() -> None:
    with pytest.raises(UsageError, match="only heap profiles"):
        written(goroutines(), "csv", RenderOptions(table="maps"))


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1536, "bytes", "1.50 KiB"),
        (-12, "count", "-12"),
        (999, "nanoseconds", "999 ns"),
        (-1_500, "nanoseconds", "-1.50 µs"),
        (2_000_000, "nanoseconds", "2.00 ms"),
        (61_000_000_000, "nanoseconds", "61.00 s"),
    ],
)
def test_figures_have_their_units(value: int, unit: str, text: str) -> None:
    assert profile_story.figure(value, unit) == text
