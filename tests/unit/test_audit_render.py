"""The audit's report as text, JSON and Markdown: goldens, the schema, what each figure stands for.

After a change that is meant: ``UPDATE_GOLDEN=1 pytest tests/unit/test_audit_render.py``, then read the diff.
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
from audit_samples import BINARIES, HELD, MAPS, NET002, RULES, SKIPS, clean, hostile, many, service
from rich.cells import cell_len

from goxray.audit.registry import all_rules
from goxray.core.audit_result import AuditResult, Severity
from goxray.core.words import Words
from goxray.render import write
from goxray.render.audit_extras import sparkline, with_unit
from goxray.render.audit_story import in_print, setting
from goxray.render.md_audit import code
from goxray.render.options import RenderOptions
from goxray.render.words import LANGS, Lang
from tests.harness.goldens import GOLDEN, reviewed

SCHEMAS = Path(__file__).parents[2] / "docs" / "schema"
RESULTS = (service, clean, hostile)

GOLDENS: dict[str, tuple[Callable[[], AuditResult], str, RenderOptions]] = {
    "audit.txt": (service, "table", RenderOptions(width=110)),
    "audit-zh.txt": (service, "table", RenderOptions(lang="zh", width=100, verbose=True)),
    "audit-narrow.txt": (service, "table", RenderOptions(width=60, ascii_only=True)),
    "audit-clean.txt": (clean, "table", RenderOptions(width=100)),
    "audit-hostile.txt": (hostile, "table", RenderOptions(width=120, verbose=True)),
    "audit.md": (service, "md", RenderOptions()),
    "audit-zh.md": (service, "md", RenderOptions(lang="zh")),
}


def written(result: Any, fmt: str, options: RenderOptions | None = None, command: str = "audit") -> str:
    out = io.BytesIO()
    write(result, fmt, out, options or RenderOptions(), command)
    return out.getvalue().decode("utf-8")


@pytest.mark.parametrize("name", GOLDENS)
def test_reports_are_as_reviewed(name: str) -> None:
    make, fmt, options = GOLDENS[name]
    text = written(make(), fmt, options)
    assert text == reviewed(name, text)


def test_every_golden_file_has_a_case() -> None:
    assert {path.name for path in GOLDEN.glob("audit*")} == set(GOLDENS)


# --- text -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGS)
def test_text_fits_the_width_and_moves_no_terminal(lang: Lang) -> None:
    for width in (60, 100):
        text = written(service(), "table", RenderOptions(lang=lang, width=width, verbose=True))
        assert max(map(cell_len, text.splitlines())) <= width
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", written(hostile(), "table", RenderOptions(lang=lang)))
    assert written(hostile(), "table", RenderOptions(lang=lang, ascii_only=True)).isascii()


def test_colours_are_the_callers_choice() -> None:
    assert "\x1b[" in written(service(), "table", RenderOptions(color=True))
    assert "\x1b" not in written(service(), "table")
    bare = re.sub("\x1b\\[[0-9;]*m", "", written(service(), "table", RenderOptions(color=True)))
    assert [line.rstrip() for line in bare.splitlines()] == written(service(), "table").splitlines()


def test_evidence_and_reasons_are_told_when_asked_for() -> None:
    terse, full = (written(service(), "table", RenderOptions(verbose=each)) for each in (False, True))
    step = "internal/client/options.go:12:9  the value is set here"
    assert step in full and step not in terse
    assert "policy, until 2026-12-31: test rig, ticket OPS-12" in full and "OPS-12" not in terse
    assert "the first ends on 2026-12-31: TLS001 internal/tool/dev.go:9:1" in terse


def test_long_lists_end_early_and_say_so() -> None:
    text = written(many(100), "table")
    assert len(re.findall(r"pkg\d+/file", text)) == 20 and "and 80 more of NET002; -v shows all" in text
    assert len(re.findall(r"pkg\d+/file", written(many(100), "table", RenderOptions(verbose=True)))) == 100


def test_what_several_places_have_in_common_is_said_once() -> None:
    text = written(service(), "table")
    assert text.count("This client waits for ever.") == 1
    places = [text.index(f"internal/pay/{name}.go") for name in ("charge", "refund", "query")]
    assert places == sorted(places) and places[-1] < text.index("This client waits for ever.")
    twice = replace(service(), findings=(SKIPS, replace(SKIPS, fingerprint="77")))
    assert written(twice, "table").count("any certificate is taken") == 1
    assert written(twice, "table", RenderOptions(verbose=True)).count("any certificate is taken") == 2


def test_new_is_said_only_where_a_revision_is_compared_with() -> None:
    assert written(service(), "table").count("  NEW") == 5
    assert "NEW" not in written(replace(service(), compared=""), "table")


@pytest.mark.parametrize(
    ("compared", "told"),
    [
        ("v1.4.1", "--fail-on would fail: critical (1), high (2), medium (4), low (4), info (5); only new findings"),
        ("", "--fail-on would fail: critical (1), high (2), medium (6), low (6), info (7)\n"),
    ],
)
def test_the_last_line_says_what_would_fail(compared: str, told: str) -> None:
    """By hand: open are 1 critical, 1 high, 4 medium, 1 info; two of the medium ones are not new."""
    text = written(replace(service(), compared=compared), "table", RenderOptions(width=200))
    assert text.splitlines(keepends=True)[-1].endswith(told) or told in text.splitlines()[-1]


def test_findings_with_fixes_of_their_own_each_tell_theirs() -> None:
    other = replace(SKIPS, fix=Words("Another way.", "另一种方法。"))
    text = written(replace(service(), findings=(SKIPS, other)), "table")
    assert text.count("fix  ") == 2 and "Another way." in text
    alike = replace(service(), findings=(SKIPS, replace(SKIPS, message=Words("Other.", "其他。"))))
    assert written(alike, "table").count("fix  ") == 1


def test_severities_come_worst_first() -> None:
    words = re.findall(r"^(CRITICAL|HIGH|MEDIUM|LOW|FOR INFORMATION)  \d", written(service(), "table"), re.MULTILINE)
    assert words == ["CRITICAL", "HIGH", "MEDIUM", "FOR INFORMATION"]


# --- what the words are made of ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("源代码中写有秘密(key):能读到", "源代码中写有秘密（key）：能读到"),
        ("调用 os.Exit(1) 后退出", "调用 os.Exit(1) 后退出"),
        ("map[int]int{1: 2} 不变", "map[int]int{1: 2} 不变"),
        ("甲,乙;丙!", "甲，乙；丙！"),
        ("需要 2.34;UOS 20 只有 2.28", "需要 2.34；UOS 20 只有 2.28"),
        ("第(三)项(修正后为第(三)项)要求", "第（三）项（修正后为第（三）项）要求"),
        (
            "注入时钟(func() time.Time)，用 SM4(GB/T 32907)代替",
            "注入时钟（func() time.Time），用 SM4（GB/T 32907）代替",
        ),
        ('写 Println("中文") 与 (a', '写 Println("中文") 与 (a'),
        ("见 http://a:80/b?c=d", "见 http://a:80/b?c=d"),
        ("给 make 传入长度:make(map[K]V, len(x))。", "给 make 传入长度：make(map[K]V, len(x))。"),
    ],
)
def test_chinese_is_set_as_chinese(text: str, shown: str) -> None:
    assert in_print(text) == shown


def test_no_rule_of_the_catalogue_is_left_with_half_width_marks_between_chinese_characters() -> None:
    rules = [rule.info for rule in all_rules()]
    texts = [getattr(rule, name).zh for rule in rules for name in ("title", "what", "why", "fix")]
    assert len(texts) > 100
    assert [
        text for text in texts if re.search(r"[\u4e00-\u9fff][,;:!?(]|[,;:!?)][\u4e00-\u9fff]", in_print(text))
    ] == []


@pytest.mark.parametrize(
    ("values", "line"),
    [((), ""), ((3, 3, 3), "▁▁▁"), ((0, 7), "▁█"), ((0, 1, 2, 3, 4, 5, 6, 7), "▁▂▃▄▅▆▇█"), ((7, 0, 3.5), "█▁▅")],
)
def test_sparklines(values: tuple[float, ...], line: str) -> None:
    assert sparkline(values) == line


def test_values_keep_three_digits() -> None:
    assert with_unit(0.09416, "advisories per 1,000 lines", "zh") == "0.0942 个漏洞/千行"
    assert with_unit(1.0, "days", "en") == "1 day" and with_unit(2.0, "days", "en") == "2 days"
    assert with_unit(1234.0, "days", "zh") == "1,234 天" and with_unit(12.5, "%", "en") == "12.5%"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("-s -w", "-s -w"),
        ("-X main.password=hunter2", "-X main.password=***"),
        ("-X 'main.key=a b' -X=main.v=v1.2.3", "-X 'main.key=*** b' -X=main.v=v1.2.3"),
        ("-X main.date=2026-01-02T03:04:05Z", "-X main.date=2026-01-02T03:04:05Z"),
    ],
)
def test_what_the_linker_was_given_is_not_told(value: str, shown: str) -> None:
    assert setting(value) == shown


@pytest.mark.parametrize("fmt", ["table", "json", "sarif", "md", "html"])
def test_no_face_tells_a_secret_from_the_linkers_flags(fmt: str) -> None:
    assert "hunter2" in BINARIES[0].settings["-ldflags"]
    assert "hunter2" not in written(service(), fmt, RenderOptions(verbose=True))


# --- JSON -------------------------------------------------------------------------------------------------------------


def validator(name: str) -> jsonschema.Draft202012Validator:
    schema = json.loads((SCHEMAS / name).read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("make", RESULTS)
def test_the_shipped_schema_accepts_it(make: Callable[[], AuditResult], lang: Lang) -> None:
    told = json.loads(written(make(), "json", RenderOptions(lang=lang)))
    assert list(validator("goxray.audit-1.json").iter_errors(told)) == []


def test_a_finding_has_the_keys_that_were_promised_and_no_others() -> None:
    told = json.loads(written(service(), "json"))
    names = "rule severity confidence path line column symbol message clause fix fingerprint suppressed"
    assert all(" ".join(each) == names for each in told["findings"])
    assert told["schema"] == "goxray.audit/1" and told["database_date"] == "2026-10-30"
    assert told["files"] == {"parsed": 212, "partial": 1, "failed": 1}
    assert told["findings"][1] == {
        "rule": "TLS001",
        "severity": "high",
        "confidence": "high",
        "path": "internal/client/http.go",
        "line": 41,
        "column": 22,
        "symbol": "client.New",
        "message": "InsecureSkipVerify is true: any certificate is taken.",
        "clause": "GB/T 22239-2019 8.1.2.2",
        "fix": "Give RootCAs and leave verification on.",
        "fingerprint": "0000000000000001",
        "suppressed": False,
    }


def test_evidence_stands_in_the_findings_order_in_both_languages() -> None:
    english, chinese = (json.loads(written(service(), "json", RenderOptions(lang=lang))) for lang in LANGS)
    assert english["evidence"] == chinese["evidence"] and english["findings"] != chinese["findings"]
    for lang, told in (("en", english), ("zh", chinese)):
        for row, more in zip(told["findings"], told["evidence"], strict=True):
            assert row["fingerprint"] == more["fingerprint"] and row["message"] == more["message"][lang]
            assert row["suppressed"] == (more["suppression"] is not None)
    assert english["counting"] == 5  # of the 7 open findings two are not new
    assert [each["suppression"]["by"] for each in english["evidence"][-3:]] == ["comment", "policy", "baseline"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda told: told.update(schema="goxray.audit/2"),
        lambda told: told["findings"][0].pop("clause"),
        lambda told: told["findings"][0].update(severity="dire"),
        lambda told: told["findings"][0].update(suppressed={}),
        lambda told: told["findings"][0].update(more=1),
        lambda told: told["files"].pop("failed"),
        lambda told: told.update(database_date=7),
    ],
    ids=["schema", "clause", "severity", "suppressed", "more", "failed", "date"],
)
def test_the_schema_refuses_what_is_not_it(spoil: Callable[[Any], Any]) -> None:
    told = json.loads(written(service(), "json"))
    spoil(told)
    assert not validator("goxray.audit-1.json").is_valid(told)


def test_same_result_same_bytes() -> None:
    for fmt in ("table", "json", "sarif", "md", "html"):
        assert written(service(), fmt) == written(service(), fmt)


# --- Markdown ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGS)
def test_markdown_fits_into_a_comment_and_counts_what_it_leaves_out(lang: Lang) -> None:
    text = written(many(), "md", RenderOptions(lang=lang))
    assert len(text) < 65_536
    shown = len(re.findall("^- `pkg", text, re.MULTILINE))
    left = re.search(r"(?:and|另有) ([\d,]+)", text)
    assert left and shown + int(left[1].replace(",", "")) == 3000 and shown > 300


def test_markdown_of_others_is_no_markup() -> None:
    text = written(hostile(), "md")
    outside = re.sub(r"(`+) ?.*?(?<!`)\1(?!`)", "", text)
    assert "<b>" not in outside and "<script" not in outside and "\x1b" not in text and "\u202e" not in text


@pytest.mark.parametrize(("text", "span"), [("a", "`a`"), ("a`b", "`` a`b ``"), ("``", "``` `` ```"), ("", "")])
def test_code_spans_end_where_they_should(text: str, span: str) -> None:
    assert code(text) == span


# --- the catalogue ----------------------------------------------------------------------------------------------------


def test_the_catalogue_is_a_table_and_one_rule_a_page() -> None:
    infos = tuple(rule.info for rule in all_rules())
    table = written(infos, "table", RenderOptions(width=140), "audit-rules")
    assert [info.id for info in infos if f"\n{info.id} " not in table] == []
    assert "not checked against the standard's text" in table and f"{len(infos)} rules" in table
    for lang in LANGS:
        page = written((NET002,), "table", RenderOptions(lang=lang), "audit-rules")
        for part in ("NET002", NET002.title.of(lang), NET002.what.of(lang), "http.Get(url)", "Timeout: 5"):
            assert part in page


@pytest.mark.parametrize("lang", LANGS)
def test_a_page_says_how_sure_its_clause_is(lang: Lang) -> None:
    certain = {"en": ("were not checked", "no standard asks for this"), "zh": ("未与标准原文核对", "标准无对应条款")}
    for fmt in ("table", "md"):
        unsure, policy = (
            written((rule,), fmt, RenderOptions(lang=lang, width=200), "audit-rules") for rule in (RULES[4], NET002)
        )
        assert certain[lang][0] in unsure and "8.1.2.2" in unsure and certain[lang][1] in policy


def test_the_catalogue_as_json_fits_its_schema() -> None:
    told = json.loads(written(tuple(rule.info for rule in all_rules()), "json", command="audit-rules"))
    assert list(validator("goxray.audit-rules-1.json").iter_errors(told)) == []
    assert {"CRY008", "TLS001"} <= {rule["id"] for rule in told["rules"]}


def test_samples_have_every_state() -> None:
    assert {each.suppressed.by for each in HELD if each.suppressed} == {"comment", "policy", "baseline"}
    severities: set[Severity] = {each.severity for each in service().findings}
    assert severities == {"critical", "high", "medium", "info"} and MAPS.confidence == "low"
