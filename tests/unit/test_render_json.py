"""``--format json``: the schema, key order, exact values, and odd content that must survive."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow as pa
import pytest
from render_samples import figures, grouped, nothing, single, table_of

from goxray.core.result import Fault, MapsResult
from goxray.core.schema import CLASSIC_DETAIL, SWISS_DETAIL
from goxray.render import json_maps, write
from goxray.render.options import RenderOptions

SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "goxray.maps-1.json"
RESULTS = {
    "grouped": grouped,
    "single": lambda: single(verified_maps=3),
    "nothing": nothing,
    "type": lambda: grouped(group="type"),
}


def text_of(result: MapsResult) -> str:
    out = io.BytesIO()
    write(result, "json", out, RenderOptions())
    return out.getvalue().decode("utf-8")


def parsed(result: MapsResult) -> dict[str, Any]:
    def refuse(constant: str) -> float:
        raise AssertionError(f"{constant} is not JSON")

    value = json.loads(text_of(result), parse_constant=refuse)
    assert isinstance(value, dict)
    return value


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("name", RESULTS)
def test_the_shipped_schema_accepts_it(name: str, validator: jsonschema.Draft202012Validator) -> None:
    validator.validate(parsed(RESULTS[name]()))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda report: report.pop("totals"),
        lambda report: report["maps"][0].pop("owner"),
        lambda report: report["maps"][0].update(load="5%"),
        lambda report: report["maps"][0]["detail"].update(tables=1),
        lambda report: report.update(consistency="perhaps"),
        lambda report: report.update(more=1),
    ],
)
def test_the_shipped_schema_refuses_what_is_not_it(spoil: Any, validator: jsonschema.Draft202012Validator) -> None:
    report = parsed(single())
    spoil(report)
    assert not validator.is_valid(report)


def test_keys_stand_in_the_documented_order() -> None:
    report = parsed(single())
    assert list(report) == [
        "schema", "unverified", "target", "build", "consistency", "freeze_ms", "heap", "totals", "maps", "faults",
        "keys", "notes",
    ]  # fmt: skip
    assert list(report["target"]) == ["kind", "pid", "exe"]
    assert list(report["build"]) == ["go_version", "goos", "goarch", "experiments"]
    assert list(report["heap"]) == ["live_bytes", "runtime_live_bytes"]
    assert list(report["totals"]) == ["maps", "entries", "slots", "bytes", "wasted_bytes"]
    assert list(report["maps"][0]) == [
        "addr", "kind", "type", "key", "elem", "entries", "full_slots", "slots", "tombstones", "load", "bytes",
        "indirect_bytes", "rebuilt_bytes", "wasted_bytes", "owner", "found_by", "detail",
    ]  # fmt: skip
    assert list(report["maps"][0]["detail"]) == [column.name for column in CLASSIC_DETAIL]
    assert list(report["maps"][1]["detail"]) == [column.name for column in SWISS_DETAIL]


def test_what_has_nothing_to_say_is_left_out() -> None:
    report = parsed(grouped(rows_total=6))
    assert not {"unverified", "rows_total", "verified_maps", "keys", "notes"} & set(report)
    assert "detail" not in report["maps"][0]
    assert parsed(grouped())["rows_total"] == 20


@pytest.mark.parametrize("make", [grouped, single])
def test_every_value_is_the_table_s(make: Any) -> None:
    result = make()
    nested = {column.name for column in (*CLASSIC_DETAIL, *SWISS_DETAIL)}
    for row, expected in zip(parsed(result)["maps"], result.table.to_pylist(), strict=True):
        flat = {**row, **row.pop("detail", {})}
        for name, value in expected.items():
            if value is None and name in nested:
                assert name not in flat
            elif value != value:
                assert flat[name] is None
            else:
                assert flat[name] == value, name


def test_slices_join_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    one = single().table.slice(0, 2)
    result = single(table=pa.concat_tables([one] * 7))
    whole = text_of(result)
    monkeypatch.setattr(json_maps, "_SLICE", 3)
    assert text_of(result) == whole
    assert len(json.loads(whole)["maps"]) == 14


def test_one_map_stands_on_one_line() -> None:
    lines = [line for line in text_of(single()).splitlines() if '"detail"' in line]
    assert len(lines) == 3


def test_odd_names_survive() -> None:
    owner = 'main.m["\x1b[2J\u202e\\"]\n'
    table = table_of("none", [{"addr": 2**64 - 1, "kind": "swiss", "owner": owner, **figures(1, 8, 48, 48)}])
    fault = "name is not UTF-8: " + b"\xff\xfe".decode("utf-8", "surrogateescape")
    report = parsed(single(table=table, faults=[Fault(1, fault)]))
    assert report["maps"][0]["addr"] == 2**64 - 1
    assert report["maps"][0]["owner"] == owner
    assert report["faults"][0]["what"] == fault


def test_infinite_and_undefined_loads_are_null() -> None:
    rows = [
        {"addr": 1, "kind": "swiss", "owner": "a", **figures(0, 0, 48, 48, load=value)}
        for value in (float("nan"), float("inf"), None)
    ]
    report = parsed(single(table=table_of("none", rows)))
    assert [row["load"] for row in report["maps"]] == [None, None, None]


def test_the_language_changes_nothing() -> None:
    english, chinese = io.BytesIO(), io.BytesIO()
    write(single(), "json", english, RenderOptions(lang="en"))
    write(single(), "json", chinese, RenderOptions(lang="zh"))
    assert english.getvalue() == chinese.getvalue()
