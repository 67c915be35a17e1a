"""The quality of the rules as it is measured: precision and recall over the samples, enough of them, and noise."""

from __future__ import annotations

from pathlib import Path

import pytest

from goxray.audit.policy import Policy
from goxray.audit.registry import all_rules
from tests.harness.audit_quality import Score, binary_corpora, binary_score, corpora, noise, score

DOCS = Path(__file__).parents[2] / "docs"
LEAST = 20
SHORT: dict[str, tuple[float, float]] = {
    "CRY004": (1.0, 0.938),
    "LOG001": (1.0, 0.955),
}
"""Precision and recall of the rules that fall short; the lines are labelled in their samples. All others: 1."""

IN_TABLES = {"BLD005", "BLD007", "MOD001", "MOD003", "MOD004", "MOD005", "MOD006"}
"""Rules of module files alone: their samples, twenty and more each, are tables in the tests of those rules."""

SCORES: dict[str, Score] = {}


def measured(rule: str) -> Score:
    if not SCORES:
        SCORES.update({each.info.id: score(each) for each in corpora()})
        SCORES.update({each.info.id: binary_score(each) for each in binary_corpora()})
    return SCORES[rule]


MEASURED = sorted({each.info.id for each in (*corpora(), *binary_corpora())})


def test_every_rule_of_the_catalogue_has_labelled_samples() -> None:
    assert {each.info.id for each in all_rules()} == {*MEASURED, *IN_TABLES}


@pytest.mark.parametrize("rule", MEASURED)
def test_a_rule_has_at_least_twenty_samples(rule: str) -> None:
    made = measured(rule)
    assert made.bad + made.good >= LEAST and min(made.bad, made.good) >= 8, made


@pytest.mark.parametrize("rule", MEASURED)
def test_precision_and_recall_are_what_is_said_of_them(rule: str) -> None:
    made = measured(rule)
    precision, recall = SHORT.get(rule, (1.0, 1.0))
    assert made.precision == pytest.approx(precision, abs=0.0005), made.wrong
    assert made.recall == pytest.approx(recall, abs=0.0005), made.missed


@pytest.mark.parametrize("page", ["audit-quality.md", "audit-quality.zh-CN.md"])
def test_the_page_says_what_is_measured(page: str) -> None:
    """Where it does not: python -m tools.audit_quality."""
    text = (DOCS / page).read_text("utf-8")
    for rule in MEASURED:
        made = measured(rule)
        counts = f"{made.bad} | {made.good} | {made.right} | {len(made.missed)} | {len(made.wrong)}"
        assert f"\n| {rule} | {counts} | {made.precision:.3f} | {made.recall:.3f} |\n" in text


def test_noise_is_counted_by_rule_and_line(tmp_path: Path) -> None:
    (tmp_path / "a" / "testdata").mkdir(parents=True)
    text = 'package a\n\nimport "net/http"\n\nfunc f(u string) {\n\thttp.Get(u)\n\thttp.Head(u)\n}\n'
    for name in ("a/a.go", "a/a_test.go", "a/testdata/b.go"):
        (tmp_path / name).write_text(text)
    found = noise(tmp_path, Policy(), jobs=1)
    assert (found.packages, found.lines, found.by_rule) == (1, 8, {"NET001": 2})
    assert found.per_ten_thousand("NET001") == 2500.0 and found.per_ten_thousand("NET002") == 0.0
