"""``predict`` and ``layout``: whole outputs, the shipped schemas, odd content that must survive.

After a change that is meant: ``UPDATE_GOLDEN=1 pytest tests/unit/test_render_predict.py``, then read the diff.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from predict_samples import CLASSIC, SWISS, churned, filled, odd

from goxray.api_model import layout, predict
from goxray.core.predict_result import Prediction, PredictResult
from goxray.render import write
from goxray.render.options import RenderOptions
from goxray.render.predict_story import name_versions, span, tell

TESTS = Path(__file__).parents[1]
GOLDEN = TESTS / "golden"
SCHEMAS = TESTS.parent / "docs" / "schema"

STRUCT = "struct{ ok bool; id int64; n int32; name string; next *T; _ [3]byte }"


def struct() -> Any:
    return layout([STRUCT, "struct{ a, b int32 }", "struct{}"], go=["1.27"])


def maps() -> Any:
    return layout(["map[string]*T", "map[[130]byte]bool"])


CASES: dict[str, tuple[Callable[[], Any], str, RenderOptions]] = {
    "predict-80.txt": (filled, "table", RenderOptions(width=80)),
    "predict-100-color.txt": (churned, "table", RenderOptions(width=100, color=True)),
    "predict-120-zh.txt": (churned, "table", RenderOptions(width=120, lang="zh")),
    "predict-140.txt": (churned, "table", RenderOptions(width=140)),
    "predict-odd-80-ascii.txt": (odd, "table", RenderOptions(width=80, ascii_only=True)),
    "predict.json": (filled, "json", RenderOptions()),
    "predict-odd.csv": (odd, "csv", RenderOptions()),
    "layout-80.txt": (struct, "table", RenderOptions(width=80)),
    "layout-100-color.txt": (struct, "table", RenderOptions(width=100, color=True)),
    "layout-120-zh.txt": (maps, "table", RenderOptions(width=120, lang="zh")),
    "layout-80-ascii.txt": (maps, "table", RenderOptions(width=80, ascii_only=True)),
}


def written(result: Any, fmt: str, options: RenderOptions, command: str) -> bytes:
    out = io.BytesIO()
    write(result, fmt, out, options, command)
    return out.getvalue()


@pytest.mark.parametrize("name", CASES)
def test_output_is_as_reviewed(name: str) -> None:
    make, fmt, options = CASES[name]
    found = written(make(), fmt, options, name.split("-")[0].split(".")[0])
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_bytes(found)
    assert found.decode() == path.read_bytes().decode()


def test_every_golden_file_has_a_case() -> None:
    ours = {path.name for path in GOLDEN.iterdir() if path.name.split("-")[0].split(".")[0] in ("predict", "layout")}
    assert ours == set(CASES)


@pytest.mark.parametrize("name", [name for name in CASES if name.endswith(".txt")])
def test_no_line_is_wider_than_the_terminal(name: str) -> None:
    from rich.cells import cell_len

    make, fmt, options = CASES[name]
    plain = replace(options, color=False)
    lines = written(make(), fmt, plain, name.split("-")[0]).decode().splitlines()
    assert max(cell_len(line) for line in lines) <= options.width
    assert not any("\x1b" in line or "\x07" in line for line in lines)


# ---- schemas


def parsed(result: Any, command: str) -> dict[str, Any]:
    value = json.loads(written(result, "json", RenderOptions(lang="zh"), command))
    assert isinstance(value, dict)
    return value


def validator(name: str) -> jsonschema.Draft202012Validator:
    schema = json.loads((SCHEMAS / f"goxray.{name}-1.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


QUESTIONS: dict[str, Callable[[], PredictResult]] = {
    "every build": lambda: predict("map[string]*T", "5e6"),
    "empty": lambda: predict("map[int]struct{}", 0, go=["1.21", "1.27"]),
    "variants": lambda: predict("map[int]int", 5000, go=["1.25:noswissmap", "1.27:mapsplitgroup"], arch="arm64"),
    "by pointer": lambda: predict("map[[200]byte][300]byte", "1k", hint="1k", go=["1.22", "1.24"]),
    "lives": lambda: predict("map[int]int", churn="insert 500; delete 50%; insert 200; clear", go=["1.23", "1.26"]),
    "by hand": filled,
    "churned by hand": churned,
    "odd by hand": odd,
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_shipped_schema_accepts_a_prediction(name: str) -> None:
    validator("predict").validate(parsed(QUESTIONS[name](), "predict"))


TYPES = [STRUCT, "map[string]*T", "int", "[3]any", "chan int", "func()", "struct{}", "map[[130]byte]bool", "[]byte"]


@pytest.mark.parametrize("arch", ["amd64", "loong64"])
def test_the_shipped_schema_accepts_layouts(arch: str) -> None:
    validator("layout").validate(parsed(layout(TYPES, arch=arch), "layout"))


def set_first(**members: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda report: report["results"][0].update(members)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda report: report.pop("results"),
        lambda report: report.update(results=[]),
        lambda report: report["results"][0].pop("bytes"),
        lambda report: report["results"][0]["detail"].pop("B"),
        lambda report: report["results"][0]["detail"].update(tables=1),
        lambda report: report["results"][1]["detail"].pop("tables"),
        lambda report: report["results"][0]["growth"][0].pop("peak_bytes"),
        set_first(bytes=1.5),
        set_first(bytes=-1),
        set_first(exact="yes"),
        set_first(go_version="1.23"),
        set_first(kind="flat"),
        set_first(how="magic"),
        set_first(exact=True, how="3 seeds"),
        set_first(more=1),
    ],
)
def test_the_schema_refuses_what_is_not_right(spoil: Callable[[dict[str, Any]], Any]) -> None:
    report = parsed(filled(), "predict")
    spoil(report)
    with pytest.raises(jsonschema.ValidationError):
        validator("predict").validate(report)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda report: report["types"][0].pop("size"),
        lambda report: report["types"][0].update(kept="because"),
        lambda report: report["types"][0]["fields"][0].update(offset=-1),
        lambda report: report["types"][0]["better"].pop("order"),
        lambda report: report["types"][0].update(unit={}),
        lambda report: report.update(schema="goxray.layout/2"),
    ],
)
def test_the_layout_schema_refuses_what_is_not_right(spoil: Callable[[dict[str, Any]], Any]) -> None:
    report = parsed(struct(), "layout")
    spoil(report)
    with pytest.raises(jsonschema.ValidationError):
        validator("layout").validate(report)


def test_json_has_every_member_as_it_is() -> None:
    """The schema's members, the values of the result: nothing is rounded, dropped or renamed."""
    report = parsed(churned(), "predict")
    names = {each.name for each in fields(Prediction)}
    for row, each in zip(report["results"], churned().results, strict=True):
        assert set(row) == names
        assert {name: row[name] for name in names - {"detail", "growth"}} == {
            name: getattr(each, name) for name in names - {"detail", "growth"}
        }
        assert row["detail"] == each.detail
        assert len(row["growth"]) == len(each.growth)
    assert report["notes"] == list(churned().notes)
    assert "notes" not in parsed(PredictResult((CLASSIC,)), "predict")


def test_csv_reads_back() -> None:
    rows = list(csv.DictReader(io.StringIO(written(odd(), "csv", RenderOptions(), "predict").decode())))
    assert [row["type"] for row in rows] == [each.type for each in odd().results]
    assert [row["exact"] for row in rows] == ["true", "true"]
    assert [int(row["bytes"]) for row in rows] == [2096, 48]


# ---- what is said


def test_the_answer_comes_first() -> None:
    assert tell(filled(), "en").startswith("1,000,000 entries take 55.0 MiB on go1.23.9 and 53.0 MiB on go1.27.3.")
    assert "peak while growing is 87.0 MiB on go1.23.9" in tell(filled(), "en")
    assert "No byte of it comes back" in tell(churned(), "en")
    assert "No byte of it comes back" not in tell(filled(), "en")
    assert tell(PredictResult((replace(CLASSIC, n=1),)), "en").startswith("1 entry takes 55.0 MiB on go1.23.9.")


def test_what_is_kept_by_pointer_is_said() -> None:
    assert "take another 624 B" in tell(PredictResult(odd().results[:1]), "en")


def test_a_map_that_shrank_is_not_said_to_keep_all() -> None:
    small = replace(CLASSIC, step=1, step_text="clear", n=0, bytes=CLASSIC.bytes - 1)
    assert "No byte of it comes back" not in tell(PredictResult((CLASSIC, small)), "en")


def test_ranges_are_shown_where_they_can_be_seen() -> None:
    assert span(CLASSIC) == "54.0 MiB - 57.0 MiB"
    assert span(SWISS) == "±300 B"
    assert span(replace(CLASSIC, low=5, high=5)) == ""


def test_versions_in_a_row_are_first_and_last() -> None:
    every = ["1", "2", "3", "4", "5"]
    assert name_versions(["2", "3", "4"], every, "en") == "2 to 4"
    assert name_versions(["1", "2", "4"], every, "en") == "1, 2 and 4"
    assert name_versions(["3"], every, "en") == "3"


def test_the_page_is_safe_and_speaks_both_languages() -> None:
    page = written(odd(), "html", RenderOptions(), "predict").decode()
    assert "K<b>" not in page and "K&lt;b&gt;" in page
    assert "\x1b" not in page and "\x07" not in page
    assert 'lang="zh"' in page
    churn = written(churned(), "html", RenderOptions(), "predict").decode()
    assert "No byte of it comes back" in churn and "数组保持原样" in churn
    assert "无法整体模拟" in churn
    assert "http://" not in churn.replace("http://www.w3.org/2000/svg", "") and "https://" not in churn
