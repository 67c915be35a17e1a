"""``heap`` and ``why --format json``: the schemas, key order, exact values, and odd content that must survive."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from heap_samples import empty_heap, heap, odd_heap, why, why_garbage, why_list, why_type

from goxray.core.heap_result import Reconcile, WhyPath, WhyStep
from goxray.core.heap_schema import HEAP_TABLES
from goxray.core.result import Masked
from goxray.render import write
from goxray.render.options import RenderOptions

SCHEMAS = Path(__file__).parents[2] / "docs" / "schema"
HEAPS = {"heap": heap, "odd": odd_heap, "empty": empty_heap}
WHYS = {"one": why, "type": why_type, "garbage": why_garbage, "list": why_list}


def parsed(result: Any, command: str) -> dict[str, Any]:
    def refuse(constant: str) -> float:
        raise AssertionError(f"{constant} is not JSON")

    out = io.BytesIO()
    write(result, "json", out, RenderOptions(lang="zh"), command)
    value = json.loads(out.getvalue().decode("utf-8"), parse_constant=refuse)
    assert isinstance(value, dict)
    return value


def validator(name: str) -> jsonschema.Draft202012Validator:
    schema = json.loads((SCHEMAS / f"goxray.{name}-1.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("name", HEAPS)
def test_the_shipped_schema_accepts_a_heap(name: str) -> None:
    validator("heap").validate(parsed(HEAPS[name](), "heap"))


@pytest.mark.parametrize("name", WHYS)
def test_the_shipped_schema_accepts_an_answer(name: str) -> None:
    validator("why").validate(parsed(WHYS[name](), "why"))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda report: report.pop("reconcile"),
        lambda report: report["reconcile"].pop("roots"),
        lambda report: report["dominators"][0].pop("addr"),
        lambda report: report["dominators"][0].update(addr="0xc000"),
        lambda report: report["suspects"][0].update(share="82%"),
        lambda report: report["rows_total"].pop("rss"),
        lambda report: report.update(more=1),
        lambda report: report.pop("rss"),
    ],
)
def test_the_heap_s_schema_refuses_what_is_not_it(spoil: Any) -> None:
    report = parsed(heap(), "heap")
    spoil(report)
    assert not validator("heap").is_valid(report)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda report: report["subject"].pop("reachable"),
        lambda report: report["paths"][0].update(kind="luck"),
        lambda report: report["paths"][0]["steps"][0].pop("freed_bytes"),
        lambda report: report["paths"][0]["steps"][0].update(addr=-1),
        lambda report: report.update(more=1),
    ],
)
def test_the_answer_s_schema_refuses_what_is_not_it(spoil: Any) -> None:
    report = parsed(why(), "why")
    spoil(report)
    assert not validator("why").is_valid(report)


def test_the_schemas_have_every_column_with_its_meaning() -> None:
    defs = validator("heap").schema["$defs"]
    for table, columns in HEAP_TABLES.items():
        told = {name: said["description"] for name, said in defs[table]["properties"].items()}
        assert told == {column.name: column.meaning for column in columns}, table
        assert defs[table]["required"] == [column.name for column in columns]
    why_defs = validator("why").schema["$defs"]
    assert why_defs["step"]["required"] == [field.name for field in fields(WhyStep)]
    assert why_defs["path"]["required"] == [field.name for field in fields(WhyPath)]


def test_keys_stand_in_the_documented_order() -> None:
    report = parsed(odd_heap(), "heap")
    assert list(report) == [
        "schema", "unverified", "target", "build", "consistency", "freeze_ms", "reconcile", "types", "owners",
        "dominators", "suspects", "collections", "fills", "duplicates", "rss", "rows_total", "faults", "notes",
    ]  # fmt: skip
    assert list(report["reconcile"]) == [field.name for field in fields(Reconcile)]
    assert list(report["reconcile"])[:4] == [
        "live_objects", "live_bytes", "runtime_live_objects", "runtime_live_bytes",
    ]  # fmt: skip
    assert list(parsed(why(), "why")) == [
        "schema", "target", "build", "consistency", "freeze_ms", "asked", "subject", "paths", "faults",
    ]  # fmt: skip


def test_how_strings_are_masked_stands_before_the_notes() -> None:
    report = parsed(odd_heap(duplicates_masked=Masked(("phone", "ref=id"), "abcdefgh", True)), "heap")
    assert list(report)[-4:] == ["rows_total", "faults", "duplicates_masked", "notes"]
    assert report["duplicates_masked"] == {"rules": ["phone", "ref=id"], "key_id": "abcdefgh", "kept": True}
    assert "duplicates_masked" not in parsed(odd_heap(), "heap")


def test_what_has_nothing_to_say_is_left_out() -> None:
    assert not {"unverified", "duplicates", "notes"} & set(parsed(heap(), "heap"))
    assert "duplicates" not in parsed(heap(), "heap")["rows_total"]
    assert parsed(why(unverified=True, notes=["cut off"]), "why")["notes"] == ["cut off"]


@pytest.mark.parametrize("make", [heap, odd_heap, empty_heap])
def test_every_value_is_the_tables(make: Any) -> None:
    result = make()
    report = parsed(result, "heap")
    assert report["schema"] == "goxray.heap/1"
    assert report["reconcile"] == asdict(result.reconcile)
    assert report["rows_total"] == {name: result.rows_total[name] for name in result.tables}
    for name, table in result.tables.items():
        assert report[name] == table.to_pylist(), name


def test_every_step_is_the_answer_s() -> None:
    result = why()
    report = parsed(result, "why")
    assert [path["steps"] for path in report["paths"]] == [[asdict(s) for s in path.steps] for path in result.paths]
    assert report["subject"]["addr"] == 0xC000_0123_4580
    assert parsed(why_type(), "why")["subject"]["addr"] is None
