"""The pages on masking say what the code does: kinds, partial forms, rules, and what was measured."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from goxray.vault.mask import rules
from goxray.vault.mask.detect.freetext import KINDS
from goxray.vault.mask.masker import Masker
from goxray.vault.mask.tokens import SHAPE

PAGES = ("mask.md", "mask.zh-CN.md")
EXAMPLES = {
    "phone": "13812345678",
    "idcard": "110101190001010014",
    "bankcard": "4111111111111111",
    "email": "ming@example.com",
    "name": "张小明",
    "address": "北京市朝阳区建国路88号",
    "ip": "203.0.113.7",
}


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest) -> str:
    return (Path(__file__).parents[2] / "docs" / request.param).read_text("utf-8")


def rows(page: str) -> dict[str, str]:
    """The rows of all tables whose first cell is code."""
    return dict(re.findall(r"^\| `([^`]+)` (\|.*)$", page, re.MULTILINE))


def test_every_kind_is_there_with_its_partial_form(page: str) -> None:
    told = rows(page)
    assert EXAMPLES.keys() == KINDS.keys() <= told.keys()
    for kind, value in EXAMPLES.items():
        assert f"`{KINDS[kind].partial(value)}`" in told[kind]


def test_every_action_and_every_key_of_a_rule_file_is_there(page: str) -> None:
    told = rows(page)
    assert set(rules.ACTIONS) <= told.keys()
    assert {"format", "encodings", "[[field]]", "names", "paths", "kind", "action", "[detect]"} <= told.keys()
    assert all(f"`{encoding}`" in told["encodings"] for encoding in rules.ENCODINGS)


def test_the_rules_that_are_shown_do_what_is_said(page: str) -> None:
    [text] = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    masker = Masker(rules.parse(text, "page"), bytes(32))
    line = (
        '{"home_phone":"13812345678","customer":{"name":"张小明"},"items":[{"to":{"receiver":"Jane Example"}}],'
        '"name":"kept","order_no":"13812345678","text":"ming@example.com 203.0.113.7 13812345678"}'
    )
    done = (masker.line(line.encode("gb18030")) or b"").decode()
    assert '"home_phone":"138****5678"' in done and '"order_no":"13812345678"' in done and '"name":"kept"' in done
    assert "张小明" not in done and "Jane Example" not in done
    assert re.search(r'"text":"m\*\*\*@example\.com 203\.0\.113\.7 \[phone/', done)


def test_the_token_that_is_shown_has_the_shape_of_one(page: str) -> None:
    assert SHAPE.search(page)
