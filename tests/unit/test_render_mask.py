"""What ``goxray mask`` tells of a run: in both languages, one and many, every kind and every reason."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from goxray.core.vault_result import MaskCounts
from goxray.render import write
from goxray.render.options import RenderOptions
from goxray.vault.mask.rules import FIELD_KINDS

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schema/goxray.mask-1.json").read_text("utf-8"))
REASONS = SCHEMA["properties"]["dropped"]["propertyNames"]["enum"]
MANY = MaskCounts(
    rules=("phone", "ref=id"), key_id="abcdefgh", lines=12_345, json=12_000, text=343, repeated=3,
    masked={"phone": 1_200, "id": 7}, dropped={"broken JSON": 1, "too long": 1_001},
)  # fmt: skip
ONE = MaskCounts(
    rules=("all",), key_id="abcdefgh", lines=1, json=1, repeated=1, masked={"name": 1}, dropped={"error": 1}
)


def told(result: MaskCounts, **options: Any) -> str:
    out = io.BytesIO()
    write(result, "table", out, RenderOptions(**options), "mask")
    return out.getvalue().decode()


def test_many() -> None:
    assert told(MANY) == (
        "goxray mask · rules phone, ref=id · key abcdefgh\n"
        "lines          12,345 read: 12,000 JSON, 343 text\n"
        "masked         1,207 values: phone 1,200, identifier 7\n"
        "left out       1,002 lines that cannot be masked: 1,001 too long, 1 broken JSON\n"
        "repeated keys  3 JSON objects held a key twice: the last value was kept\n"
    )


def test_one() -> None:
    text = told(ONE)
    assert "1 value: name 1" in text and "1 line that cannot be masked: 1 met an error of goxray" in text
    assert "1 JSON object held a key twice" in text


def test_chinese() -> None:
    text = told(MANY, lang="zh")
    assert "规则 phone，ref=id · 密钥 abcdefgh" in text and "1,207 个值：电话 1,200，标识符 7" in text
    assert "1,002 行无法脱敏，未输出：行过长 1,001 行，JSON 不完整或有误 1 行" in text


def test_a_terminal_that_knows_ascii_only() -> None:
    assert told(MANY, ascii_only=True).isascii()


def test_nothing_found() -> None:
    assert "nothing was found to mask" in told(MaskCounts(rules=("all",), key_id="abcdefgh", lines=5, text=5))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_kind_and_every_reason_has_words(lang: str) -> None:
    every = MaskCounts((), "", masked=dict.fromkeys(FIELD_KINDS, 2), dropped=dict.fromkeys(REASONS, 2))
    assert set(SCHEMA["properties"]["masked"]["propertyNames"]["enum"]) == set(FIELD_KINDS)
    assert told(every, lang=lang).count("2") >= len(FIELD_KINDS) + len(REASONS)


@pytest.mark.parametrize("result", [MANY, ONE, MaskCounts((), "")], ids=["many", "one", "none"])
def test_json_is_what_the_schema_says(result: MaskCounts) -> None:
    out = io.BytesIO()
    write(result, "json", out, RenderOptions(), "mask")
    value = json.loads(out.getvalue())
    jsonschema.validate(value, SCHEMA)
    assert value["masked"] == result.masked and value["dropped"] == result.dropped and value["lines"] == result.lines
