"""The pages on the audit: fresh from the rules, every key and option told, the same in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from goxray import api_audit
from goxray.audit import marks, policyfile
from goxray.core.audit_result import PROFILES, SEVERITIES, Debt
from goxray.render import FORMATS_OF
from goxray.render.words import Lang
from goxray.ui.cli.audit import audit
from tools.rule_docs import DOCS, PAGES, page

GUIDES = ("audit.md", "audit.zh-CN.md")


@pytest.mark.parametrize("lang", PAGES)
def test_the_catalogue_is_what_the_rules_say(lang: Lang) -> None:
    """Where it is not: python -m tools.rule_docs."""
    assert (DOCS / PAGES[lang]).read_text("utf-8") == page(lang)


@pytest.mark.parametrize("lang", PAGES)
def test_every_rule_has_its_section_and_all_parts_of_one(lang: Lang) -> None:
    sections = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##|\Z)", page(lang), re.DOTALL | re.MULTILINE))
    assert set(sections) == {rule.id for rule in api_audit.rules()} and len(sections) > 40
    parts = {
        "en": ("**clause**: ", "**what**: ", "**why**: ", "**fix**: ", "**bad**:", "**good**:"),
        "zh": ("**条款**：", "**检查什么**：", "**为什么**：", "**整改建议**：", "**不符合示例**：", "**符合示例**："),
    }[lang]
    assert [(name, part) for name, text in sections.items() for part in parts if part not in text] == []
    assert [name for name, text in sections.items() if text.count("```") != 4] == []


FACTS = (
    ("21(3)", "23(3)", "第二十一条第（三）项", "第二十三条第（三）项"),
    ("GB/T 32905", "GB/T 32907", "GB/T 32918", "GB/T 38636"),
    ("8.1.5.4 d", "181", "184", "RFC 8998", "sm2p256v1", "Ed25519", "GHASH", "TLS 1.3", "8.1.4.3", "去标识化"),
)


def test_what_published_checklists_get_wrong_is_said_right() -> None:
    both = page("en") + page("zh")
    assert [fact for facts in FACTS for fact in facts if fact not in both] == []
    assert "chapter 8" in page("en") and "第 8 章" in page("zh")


def test_a_rule_without_a_clause_says_policy_and_no_clause_is_called_checked() -> None:
    told = page("en")
    assert told.count("no standard asks for this") == sum(
        rule.clause.standard == "policy" for rule in api_audit.rules()
    )
    assert "(checked against the standard" not in told


# --- the guides -------------------------------------------------------------------------------------------------------


def guide(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def named(name: str) -> set[str]:
    """Everything in the page that stands in a code span, and each word of it; and the keys of its TOML."""
    text = guide(name)
    toml = "\n".join(re.findall(r"```toml\n(.*?)```", text, re.DOTALL))
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    words = (word for span in (*spans, toml) for word in re.findall(r"--[\w-]+|[\w.-]+", span))
    return {*spans, *words}


def keys_read() -> set[str]:
    """The keys that the reader of goxray.toml asks for, from its own source."""
    source = Path(policyfile.__file__).read_text()
    return set(re.findall(r'table\.(?:text|texts|number|flag|pairs|tables)\("(\w+)"', source))


@pytest.mark.parametrize("name", GUIDES)
def test_every_key_of_the_policy_file_is_told(name: str) -> None:
    keys = keys_read()
    assert {"profile", "accept", "modules", "until", "reason", "retention_days"} <= keys and len(keys) > 18
    assert keys - named(name) == set()


@pytest.mark.parametrize("name", GUIDES)
def test_every_option_profile_severity_format_and_figure_is_told(name: str) -> None:
    told = named(name)
    options = {option for each in audit.params for option in each.opts if option.startswith("--")}
    assert len(options) > 15 and options - told - {"--help"} == set()
    for names in (PROFILES, SEVERITIES, FORMATS_OF["audit"]):
        assert set(names) - told == set()
    assert len(get_args(Debt.__annotations__["name"]) or (1,)) and marks.WORD in guide(name)


@pytest.mark.parametrize("name", GUIDES)
def test_the_policy_file_of_the_page_is_one(name: str, tmp_path: Path) -> None:
    blocks = re.findall(r"```toml\n(.*?)```", guide(name), re.DOTALL)
    assert blocks
    for at, block in enumerate(blocks):
        path = tmp_path / f"{at}.toml"
        path.write_text(block, "utf-8")
        assert policyfile.read_policy(path).path == str(path)


def test_both_guides_have_the_same_commands_and_outline() -> None:
    texts = [guide(name) for name in GUIDES]
    bare = [re.sub(r"```.*?```", "", text, flags=re.DOTALL) for text in texts]
    outlines = [re.findall(r"^#+(?= )", text, re.MULTILINE) for text in bare]
    assert outlines[0] == outlines[1]
    commands = [re.sub(r" --lang \w+", "", "\n".join(re.findall(r"^\$ (.*)$", text, re.MULTILINE))) for text in texts]
    assert commands[0] == commands[1] and commands[0].count("\n") > 8
