"""What ``--show-keys`` and ``--duplicates`` show is masked: what a real program planted is not in any output."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from goxray import api, api_mask
from tests.harness.inspect import command
from tests.harness.programs import Build, build
from tests.harness.speaking import Speaker, speaking
from tests.harness.variants import Variant, params

SCHEMAS = Path(__file__).parents[2] / "docs/schema"
SCHEMA = json.loads((SCHEMAS / "goxray.maps-1.json").read_text("utf-8"))
HEAP_SCHEMA = json.loads((SCHEMAS / "goxray.heap-1.json").read_text("utf-8"))
TOKEN = re.compile(r"\[phone/([a-p]{8})/[a-p]{24}\]")

pytestmark = pytest.mark.parametrize("variant", params((Variant("1.21.13"), Variant("1.27.3"))), indirect=True)


@pytest.fixture(scope="module")
def program(variant: Variant) -> Iterator[Speaker]:
    with speaking(build("personal", Build(variant))) as running:
        yield running


def shown(program: Speaker, *more: str) -> str:
    done = command("maps", str(program.pid), "--group", "none", "--limit", "0", "--show-keys", "3", *more)
    assert done.status == 0, done.err
    return done.out


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_was_planted_is_not_shown(program: Speaker, lang: str) -> None:
    text = shown(program, "--lang", lang)
    assert [planted for planted in program.said["planted"] if planted in text] == []
    assert [kept for kept in program.said["kept"] if kept not in text] == []
    assert {"en": "masked by rules all", "zh": "已按规则 all 脱敏"}[lang] in text


def test_equal_values_have_equal_tokens_in_key_elem_and_number(program: Speaker) -> None:
    text = shown(program)
    tokens = [match.group() for match in TOKEN.finditer(text)]
    assert len(tokens) >= 3 and len(set(tokens)) == 1


def test_json_says_that_it_is_masked_and_under_which_key(program: Speaker, tmp_path: Path) -> None:
    key = tmp_path / "mask.key"
    key_id = api_mask.new_key(key)
    text = shown(program, "--format", "json", "--mask-key", str(key))
    result = json.loads(text)
    jsonschema.validate(result, SCHEMA)
    assert result["keys_masked"] == {"rules": ["all"], "key_id": key_id, "kept": True}
    assert set(TOKEN.findall(text)) == {key_id}
    assert [planted for planted in program.said["planted"] if planted in text] == []


def test_only_what_is_asked_for_is_masked(program: Speaker) -> None:
    text = shown(program, "--mask", "phone")
    planted = dict(zip(("mobile", "head", "idcard", "card", "mail", "person"), program.said["planted"], strict=True))
    assert planted["mobile"] not in text and planted["person"] in text and planted["idcard"] in text


def test_unmasked_shows_what_there_is(program: Speaker) -> None:
    text = shown(program, "--unmasked")
    assert all(planted in text for planted in program.said["planted"])
    assert "masked by" not in text and "[phone/" not in text


def test_a_random_key_is_another_one_each_time(program: Speaker) -> None:
    told = [api.maps(str(program.pid), group="none", show_keys=1).keys_masked for _ in range(2)]
    assert told[0] is not None and told[1] is not None
    assert told[0].key_id != told[1].key_id and not told[0].kept


# ---- equal strings


def equal(program: Speaker, *more: str) -> str:
    table = () if "json" in more or "html" in more else ("--table", "duplicates")
    done = command("heap", str(program.pid), "--duplicates", "--limit", "0", *table, *more)
    assert done.status == 0, done.err
    return done.out


@pytest.mark.parametrize(
    "how", [("--format", "html"), ("--format", "csv"), ("--lang", "zh")], ids=["html", "csv", "zh"]
)
def test_what_was_planted_in_equal_strings_is_not_shown(program: Speaker, how: tuple[str, ...]) -> None:
    text = equal(program, *how)
    assert [planted for planted in program.said["planted"] if planted in text] == []
    assert "nothing of anybody in here" in text


def test_equal_strings_in_json_are_masked_and_counted_as_they_are(program: Speaker, tmp_path: Path) -> None:
    key = tmp_path / "mask.key"
    key_id = api_mask.new_key(key)
    text = equal(program, "--format", "json", "--mask-key", str(key))
    result = json.loads(text)
    jsonschema.validate(result, HEAP_SCHEMA)
    assert result["duplicates_masked"] == {"rules": ["all"], "key_id": key_id, "kept": True}
    rows = {row["text"]: row for row in result["duplicates"]}
    told = "\n".join(rows)
    assert [planted for planted in program.said["planted"] if planted in told] == []
    assert [kept for kept in program.said["keptEqual"] if kept not in told] == []
    tokens = {match.group() for match in TOKEN.finditer(told)}
    assert len(tokens) == 1 and {match[1] for match in TOKEN.finditer(told)} == {key_id}
    [token] = tokens
    # The number alone, and the one that stands across the cut: its token is whole, and the length is the string's.
    assert (rows[token]["count"], rows[token]["length"]) == (2, 11)
    [long] = [row for row in result["duplicates"] if row["text"].startswith("uuuu")]
    assert long["text"] == "u" * 88 + " " + token + "…" and long["length"] == 88 + 1 + 11 + 1 + 200
    assert len(rows) == len(result["duplicates"]) == result["rows_total"]["duplicates"]


def test_only_what_is_asked_for_is_masked_in_equal_strings(program: Speaker) -> None:
    told = "\n".join(
        row["text"] for row in json.loads(equal(program, "--format", "json", "--mask", "phone"))["duplicates"]
    )
    assert "[phone/" in told and program.said["planted"][0] not in told
    assert "4111111111111111" in told and "110101190001010014" in told


def test_unmasked_shows_equal_strings_as_they_are(program: Speaker) -> None:
    result = json.loads(equal(program, "--format", "json", "--unmasked"))
    told = "\n".join(row["text"] for row in result["duplicates"])
    # The mail address stands behind what is shown.
    assert [each for each in program.said["planted"] if each not in told] == ["nobody@example.com"]
    assert "duplicates_masked" not in result and "u" * 88 + " 1380013…" in told
