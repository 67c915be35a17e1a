"""The lab's verdicts as text, JSON and CSV: goldens, the schema, what each word stands for.

After a change that is meant: ``UPDATE_GOLDEN=1 pytest tests/unit/test_lab_render.py``, then read the diff.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
from lab_samples import CLAIMS, HINT, MUTEX, VERSIONS, lab_result, nothing, troubled, verdict
from rich.cells import cell_len

from goxray.core.lab_result import Deciding, LabResult, OverallVerdict, Part, Reason, Saying, Verdict
from goxray.core.words import Words
from goxray.lab.experiment import TOPICS
from goxray.render import lab_story, write
from goxray.render.lab_figures import figure_name, interval_text, value_text
from goxray.render.lab_words_evidence import evidence_text, said_text
from goxray.render.options import RenderOptions
from goxray.render.words import CATALOGUE, LANGS
from tests.harness.goldens import GOLDEN, reviewed

SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "goxray.lab-1.json"

CASES: dict[str, tuple[Callable[[], LabResult], str, RenderOptions]] = {
    "lab-80.txt": (lab_result, "table", RenderOptions(width=80)),
    "lab-120.txt": (lab_result, "table", RenderOptions(width=120)),
    "lab-120-zh.txt": (lab_result, "table", RenderOptions(width=120, lang="zh")),
    "lab-100-color.txt": (lab_result, "table", RenderOptions(width=100, color=True)),
    "lab-troubled-80-ascii.txt": (troubled, "table", RenderOptions(width=80, ascii_only=True)),
    "lab-nothing-80.txt": (nothing, "table", RenderOptions(width=80)),
    "lab.json": (lab_result, "json", RenderOptions()),
    "lab.csv": (lab_result, "csv", RenderOptions()),
}


def written(result: LabResult, fmt: str, options: RenderOptions) -> str:
    out = io.BytesIO()
    write(result, fmt, out, options, "lab")
    return out.getvalue().decode("utf-8")


@pytest.mark.parametrize("name", CASES)
def test_output_is_as_reviewed(name: str) -> None:
    make, fmt, options = CASES[name]
    text = written(make(), fmt, options)
    assert text == reviewed(name, text)


@pytest.mark.parametrize("width", [80, 100, 120])
@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("make", [lab_result, troubled, nothing])
def test_no_line_is_wider_than_the_terminal(make: Callable[[], LabResult], lang: Any, width: int) -> None:
    lines = written(make(), "table", RenderOptions(width=width, lang=lang)).splitlines()
    assert max(map(cell_len, lines)) <= width


def test_nothing_acts_on_the_terminal() -> None:
    text = written(troubled(), "table", RenderOptions(width=120))
    assert "\x1b" not in text and "\u202e" not in text
    assert written(troubled(), "table", RenderOptions(width=80, ascii_only=True)).isascii()


def test_verdicts_are_told_apart_without_colours() -> None:
    """Each verdict has a word of its own, and each version's verdict a mark of its own in the legend."""
    words = {CATALOGUE[f"lab.verdict.{verdict}"] for verdict in get_args(Verdict)}
    assert len(words) == 4
    lines = written(lab_result(), "table", RenderOptions(width=100)).splitlines()
    row = next(line for line in lines if "C003-07" in line)
    assert row.split()[1:6] == ["✗", "✗", "?", "?", "REFUTED"]
    assert any("✓ supported   ✗ refuted   ~ conditional   ? inconclusive" in line for line in lines)


@pytest.mark.parametrize("reason", get_args(Reason))
def test_every_reason_has_a_sentence_in_both_languages(reason: str) -> None:
    english, chinese = CATALOGUE[f"lab.reason.{reason}"]
    assert english.endswith(".") and chinese.endswith("。")
    for lang in LANGS:
        told = lab_story.reason_text(reason, "exit 3", lang)
        assert "exit 3" in told and told.endswith((".", "。"))


def test_every_topic_has_a_name_in_both_languages() -> None:
    assert all(f"lab.topic.{topic}" in CATALOGUE for topic in TOPICS)
    assert lab_story.topic_text("of\u202e my own", "zh") == "of\\u202e my own"


def test_the_figure_shown_is_one_of_the_verdict_shown() -> None:
    """Refuted on the old versions, undecided on the new: the figure is that of the newest one that refutes."""
    row = next(row for row in lab_story.judged(lab_result()) if row.claim.id == MUTEX.id)
    assert row.deciding is not None and row.deciding.value == 1.44
    assert row.method == "run"


def test_a_claim_that_nothing_ran_for_is_said_to_be_so() -> None:
    only = lab_result(verdicts=(), overall=())
    text = written(only, "table", RenderOptions(width=100))
    assert "Nothing was judged." in text and text.count("not run yet") == len(CLAIMS)


def test_conditions_name_versions_and_cases() -> None:
    told = {row.claim.id: lab_story.explain(row, "en") for row in lab_story.judged(lab_result())}
    assert told["C000-42"] == (
        "Holds on 1.21, 1.23. On 1.24, 1.27 it holds for hint 8, hint 1024; not for hint 10, hint 1000."
    )
    assert told["C000-43"] == "Holds on 1.24, 1.27, not on 1.21, 1.23."
    assert told["C000-46"] == ""
    rows = tuple(verdict(HINT, version, "CONDITIONAL", condition=("a",)) for version in VERSIONS)
    alike = lab_result(verdicts=rows, overall=(OverallVerdict(HINT.id, HINT.experiment, "CONDITIONAL"),))
    assert [lab_story.explain(row, "en") for row in lab_story.judged(alike) if row.overall] == ["Holds for a only."]


def test_one_reason_on_several_versions_is_said_once() -> None:
    rows = tuple(
        verdict(HINT, version, "INCONCLUSIVE", reason="noise", detail=f"x = {at}")
        for at, version in enumerate(VERSIONS)
    )
    overall = (OverallVerdict(HINT.id, HINT.experiment, "INCONCLUSIVE", unsure_on=VERSIONS, reason="noise"),)
    (row,) = lab_story.judged(lab_result(claims=(HINT,), verdicts=rows, overall=overall))
    told = lab_story.explain(row, "en")
    assert told.count("scatter") == 1 and told.endswith("what it does not (1.27: x = 3).")
    alike = tuple(replace(each, detail="x") for each in rows)
    (row,) = lab_story.judged(lab_result(claims=(HINT,), verdicts=alike, overall=overall))
    assert lab_story.explain(row, "en").endswith("what it does not (x).")


def test_of_several_predicates_the_one_that_fails_is_named() -> None:
    first, second = (
        Saying("equals", "a", low=1, high=1),
        Saying("equals", "b", low=1, high=1, says=Words("b is one", "b 为一")),
    )
    info = replace(HINT, sayings=(first, second))
    wrong = (Part("equals", "a (main) = 1", "fails", "0 (2 trials)"), Part("equals", "b = 1", "holds", "1 (2 trials)"))
    other = (
        Part("equals", "a (main) = 1", "holds", "1"),
        Part("equals", "b = 1", "fails", "7 (2 trials)", says=second.says),
    )
    rows = tuple(
        verdict(info, version, "REFUTED", parts=parts)
        for version, parts in zip(VERSIONS, (wrong, wrong, other, other), strict=True)
    )
    overall = (OverallVerdict(info.id, info.experiment, "REFUTED", (), VERSIONS),)
    (row,) = lab_story.judged(lab_result(claims=(info,), verdicts=rows, overall=overall))
    assert lab_story.explain(row, "en") == (
        "What fails on 1.21, 1.23: a (main) = 1 (0). What fails on 1.24, 1.27: b is one (7)."
    )
    (alone,) = lab_story.judged(lab_result(claims=(replace(info, sayings=(first,)),), verdicts=rows, overall=overall))
    assert lab_story.explain(alone, "en") == ""


def test_cases_with_commas_and_phrases_stand_in_quotes() -> None:
    assert lab_story.cases_text(("one at a time", "b"), (), "en") == 'Holds for "one at a time", "b" only.'
    assert lab_story.cases_text(("int, one", "string"), (), "en") == 'Holds for "int, one", "string" only.'
    assert lab_story.cases_text(("int, one",), ("b",), "zh") == "对 “int, one” 成立；对 b 不成立。"


def test_a_reason_shows_intervals_as_all_reports_do() -> None:
    told = lab_story.reason_text("noise", "x (main) <= 5: 4 (1 to 9, 8 trials)", "en")
    assert told.endswith("and what it does not (x (main) <= 5: 4 [1, 9]).")


def test_versions_are_short_where_that_is_enough() -> None:
    assert list(lab_story.short_versions(("1.21.13", "go1.27.3")).values()) == ["1.21", "1.27"]
    assert list(lab_story.short_versions(("1.27.1", "1.27.3")).values()) == ["1.27.1", "1.27.3"]


@pytest.mark.parametrize(
    ("value", "unit", "exact", "text"),
    [
        (8320, "bytes", True, "8,320 B"),
        (8320, "bytes", False, "8.12 KiB"),
        (3 << 20, "bytes", True, "3.00 MiB"),
        (12.345, "ns", False, "12.3 ns"),
        (12_345, "ns", False, "12.3 µs"),
        (0.25, "s", False, "250 ms"),
        (2.5, "ratio", False, "2.5×"),
        (37.25, "percent", False, "37.2%"),
        (131_072, "1", True, "131,072"),
        (0.5, "1", False, "0.5"),
        (1_250_000, "ops/s", False, "1.25M ops/s"),
        (float("nan"), "ns", False, "-"),
        (float("inf"), "bytes", False, "-"),
        (0, "ns", False, "0 ns"),
    ],
)
def test_values_have_their_units(value: float, unit: str, exact: bool, text: str) -> None:
    assert value_text(value, unit, exact=exact) == text


def test_intervals_share_a_unit_where_they_have_one() -> None:
    assert interval_text(12.4, 12.1, 13.0, "ns") == "12.4 ns [12.1, 13]"
    assert interval_text(990, 985, 1100, "ns") == "990 ns [985 ns, 1.1 µs]"
    assert interval_text(5, 5, 5, "1") == "5"
    assert interval_text(2.001, 2.0, 2.002, "ratio") == "2×"
    assert figure_name("bytes", "main", "hint 8") == "bytes (hint 8)"
    assert figure_name("bytes", "pooled", "") == "bytes (pooled)"


@pytest.mark.parametrize(
    ("name", "arm", "case", "text"),
    [
        ("ns / ns (b)", "a", "x", "ns: a / b (x)"),
        ("ns / ns (b, x)", "a", "x", "ns: a / b (x)"),
        ("ns / ns (small)", "main", "big", "ns: big / small"),
        ("ns / other", "main", "big", "ns (big) / other"),
        ("bytes from a to b", "main", "b", "bytes from a to b"),
        ("bytes / bytes (main, hint 8)", "main", "hint 1000", "bytes: hint 1000 / hint 8"),
    ],
)
def test_ratios_say_once_what_both_sides_share(name: str, arm: str, case: str, text: str) -> None:
    assert figure_name(name, arm, case) == text


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("1024 个桶,约占 8 KB", "1024 个桶，约占 8 KB"),
        ("占 1024 个 bucket, 约 8 KB", "占 1024 个 bucket，约 8 KB"),
        ("表头:字段; 偏移", "表头：字段；偏移"),
        ("表头(hmap)不存条目", "表头（hmap）不存条目"),
        ("表头 (hmap) 不存条目", "表头（hmap）不存条目"),
        ("make(map[int]int, 1000) 分配的字节数", "make(map[int]int, 1000) 分配的字节数"),
        ("MemStats (堆)", "MemStats（堆）"),
        ("a, b 与 c", "a, b 与 c"),
    ],
)
def test_chinese_has_full_width_punctuation(typed: str, shown: str) -> None:
    assert lab_story.chinese(typed) == shown


def test_texts_of_the_catalogue_flow() -> None:
    words = Words("one\n  two", "分配的\n字节数 of\nmap")
    assert lab_story.flowing(words, "en") == "one two"
    assert lab_story.flowing(words, "zh") == "分配的字节数 of map"


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        ("1.12x (1.09 to 1.15, 10 trials)", "1.12x [1.09, 1.15]", "1.12x [1.09, 1.15]"),
        ("36,944 bytes (2 trials)", "36,944 bytes", "36,944 bytes"),
        (
            "map.go:12: x has y, not found in z",
            "map.go:12: x has y, not found in z",
            "map.go:12: x has y, not found in z",
        ),
        ("not found in 3 files of go1.27.3", "not found in 3 files of go1.27.3", "在 go1.27.3 的 3 个文件中未找到"),
        ("5 trials of at least 8", "5 trials of at least 8", "只有 5 次试验，至少需 8 次"),
    ],
)
def test_evidence_is_in_the_readers_language(text: str, english: str, chinese: str) -> None:
    assert [evidence_text(text, lang) for lang in LANGS] == [english, chinese]


@pytest.mark.parametrize(
    ("text", "chinese"),
    [
        ("bytes = 1: 5 trials of at least 8", "bytes = 1: 只有 5 次试验，至少需 8 次"),
        ("source:runtime/map.go has no x+", "source:runtime/map.go 中没有 x+"),
        ("n never falls along a, b", "n 从不下降，沿 a, b"),
        ("bad is refused by the compiler", "bad 被编译器拒绝"),
        ("something new", "something new"),
    ],
)
def test_predicates_and_reasons_are_in_the_readers_language(text: str, chinese: str) -> None:
    assert said_text(text, "en") == text and said_text(text, "zh") == chinese


def test_a_text_that_decides_is_found_or_not_and_shows_its_line() -> None:
    part = Part("absent", "source:runtime/map.go has no x", "fails", "runtime/map.go:7: var x int")
    row = verdict(HINT, VERSIONS[0], "REFUTED", Deciding("matches", 1, 1, 1, "1"), method="source", parts=(part,))
    assert lab_story.decided(row, "en") == ("found", "runtime/map.go:7: var x int")
    gone = replace(row, deciding=Deciding("matches", 0, 0, 0, "1"))
    assert lab_story.decided(gone, "zh") == ("未找到", "source:runtime/map.go 中没有 x")
    assert not lab_story.drawable(row.deciding) and lab_story.drawable(Deciding("matches", 1, 1, 1, "1", "main"))
    built = verdict(HINT, VERSIONS[0], "REFUTED", Deciding("compiled", 0, 0, 0, "1"), method="build")
    assert lab_story.decided(built, "en") == ("refused", "")


def test_versions_that_a_claim_does_not_speak_of_do_not_count() -> None:
    rows = (verdict(HINT, VERSIONS[0], "REFUTED", spoken_of=False), verdict(HINT, VERSIONS[1], "SUPPORTED"))
    overall = (OverallVerdict(HINT.id, HINT.experiment, "SUPPORTED", VERSIONS[1:2], VERSIONS[:1]),)
    info = replace(HINT, speaks_of=">=1.22")
    result = lab_result(claims=(info,), verdicts=rows, overall=overall, versions=VERSIONS[:2])
    (row,) = lab_story.judged(result)
    assert lab_story.explain(row, "en") == ("The claim speaks of Go >=1.22 only; what holds on 1.21 does not count.")
    line = next(text for text in written(result, "table", RenderOptions(width=80)).splitlines() if HINT.id in text)
    assert line.split() == [HINT.id, "(✗)", "✓", "SUPPORTED"]


@pytest.mark.parametrize(
    ("saying", "text"),
    [
        (Saying("equals", "bytes", low=48, high=48), "bytes is 48"),
        (Saying("equals", "bytes", low=90, high=110, tolerance=0.1), "bytes is 100 within 10%"),
        (Saying("equals", "a", over=("b", "x", "c")), "a equals b (x, c)"),
        (Saying("between", "bytes", low=8192), "bytes is 8,192 or more"),
        (Saying("between", "bytes", high=8192), "bytes is 8,192 or less"),
        (Saying("between", "bytes", low=0, high=1), "bytes is 0 to 1"),
        (Saying("ratio_at_least", "ns", "a", over=("ns", "b", ""), low=2.5), "ns (a) is at least 2.5 times ns (b)"),
        (Saying("monotone", "n", along=("1", "2"), direction="rising"), "n rises along 1 → 2"),
        (Saying("present", where="source:runtime/map.go", pattern="x+"), "the source (runtime/map.go) has /x+/"),
        (Saying("absent", where="stdout:main", pattern="x"), "the output of arm main does not have /x/"),
        (Saying("compiles", build="bad", low=0, high=0), "build bad is refused by the compiler"),
        (Saying("compiles", build="good", low=1, high=1), "build good compiles"),
    ],
)  # fmt: skip
def test_predicates_in_words(saying: Saying, text: str) -> None:
    assert lab_story.saying_text(saying, "en") == text
    assert lab_story.saying_text(saying, "zh")


# --- JSON and CSV -----------------------------------------------------------------------------------------------------


def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("make", [lab_result, troubled, nothing])
def test_the_shipped_schema_accepts_it(make: Callable[[], LabResult]) -> None:
    validator().validate(json.loads(written(make(), "json", RenderOptions(lang="zh"))))


def test_a_verdict_has_the_keys_of_the_schema_and_no_others() -> None:
    told = json.loads(written(lab_result(), "json", RenderOptions()))
    assert told["schema"] == "goxray.lab/1"
    wanted = ["claim", "experiment", "go_version", "verdict", "condition", "deciding", "method", "trials",
              "source_sha256"]  # fmt: skip
    assert all(list(row) == wanted for row in told["verdicts"])
    figures = [row["deciding"] for row in told["verdicts"] if row["deciding"]]
    assert figures and all(list(figure) == ["name", "value", "low", "high", "unit"] for figure in figures)
    pairs = [[(row["claim"], row["go_version"]) for row in told[key]] for key in ("verdicts", "evidence")]
    assert pairs[0] == pairs[1] and len(pairs[0]) == len(CLAIMS) * len(VERSIONS)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda told: told.pop("overall"),
        lambda told: told.update(schema="goxray.lab/2"),
        lambda told: told.update(more=1),
        lambda told: told["verdicts"][0].pop("condition"),
        lambda told: told["verdicts"][0].update(verdict="TRUE"),
        lambda told: told["verdicts"][0].update(trials=-1),
        lambda told: told["verdicts"][0].update(source_sha256="5f"),
        lambda told: told["verdicts"][0]["deciding"].pop("low"),
        lambda told: told["evidence"][0].update(reason="lazy"),
        lambda told: told["overall"][0].update(holds_on="1.21.13"),
    ],
)
def test_the_schema_refuses_what_is_not_it(spoil: Any) -> None:
    told = json.loads(written(lab_result(), "json", RenderOptions()))
    spoil(told)
    assert not validator().is_valid(told)


def test_json_holds_no_number_that_json_does_not_have() -> None:
    row = verdict(HINT, VERSIONS[0], "SUPPORTED", Deciding("bytes", float("nan"), 1, 2, "bytes"))
    text = written(lab_result(verdicts=(row,)), "json", RenderOptions())
    assert json.loads(text)["verdicts"][0]["deciding"]["value"] is None and "NaN" not in text


def test_csv_has_a_row_a_verdict() -> None:
    rows = list(csv.DictReader(io.StringIO(written(troubled(), "csv", RenderOptions()))))
    assert [row["go_version"] for row in rows] == list(VERSIONS[:2])
    assert rows[0]["value"] == "1.5" and rows[0]["name"].startswith("\\x1b") and rows[1]["value"] == ""


def test_every_golden_file_has_a_case() -> None:
    assert {path.name for path in GOLDEN.glob("lab[.-]*")} == set(CASES)
