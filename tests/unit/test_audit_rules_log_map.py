"""Rules about logs, data, maps, the runtime and the build: each over its corpus, lines compared exactly."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from goxray.audit.config.reading import read
from goxray.audit.facts import ConfigUnit
from goxray.audit.policy import Policy
from goxray.audit.registry import all_rules
from goxray.audit.rule import Hit, Rule
from goxray.core.audit_result import POLICY
from tests.harness.auditing import Sample, counted, hits, lines, samples, true_lines, wanted

RULES = (
    "CI001", "DB001", "DB002", "LOG001", "LOG002", "LOG003", "LOG004", "LOG005", "MAP001", "MAP002", "MAP003", "MAP004",
    "MOD002", "RT001", "TIME001",
)  # fmt: skip
LEAST = 20


@cache
def rule(name: str) -> Rule:
    return next(each for each in all_rules() if each.info.id == name)


def config_unit(sample: Sample, path: Path) -> ConfigUnit:
    made = read(path.read_text(), sample.shown(path))
    assert isinstance(made, ConfigUnit), made
    return made


def found_in(sample: Sample, policy: Policy | None = None) -> list[Hit]:
    asked = rule(sample.rule)
    found = hits(asked, sample, policy)
    for path in sample.files:
        if path.is_file() and path.suffix != ".go" and path.name != "go.mod":
            assert asked.config is not None, path
            found += asked.config(config_unit(sample, path), policy or Policy())
    return found


def named(name: str, sample: str) -> Sample:
    return next(each for each in samples(name) if each.name == sample)


SAMPLES = [sample for name in RULES for sample in samples(name)]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.rule}-{sample.name}")
def test_a_rule_finds_the_lines_that_are_wanted_and_no_other(sample: Sample) -> None:
    found = found_in(sample)
    assert lines(found) == wanted(sample), Counter(lines(found)) - Counter(wanted(sample))
    assert bool(true_lines(sample)) == sample.name.startswith("bad/")


@pytest.mark.parametrize("name", RULES)
def test_a_rule_has_enough_samples_of_both_kinds(name: str) -> None:
    bad, good = counted(name)
    assert bad + good >= LEAST and min(bad, good) >= 8, (bad, good)


@pytest.mark.parametrize("name", RULES)
def test_a_rule_speaks_both_languages_and_claims_no_certain_clause(name: str) -> None:
    info = rule(name).info
    for text in (info.title, info.what, info.why, info.fix):
        assert text.en.isascii() and not text.zh.isascii(), text
    assert info.clause == POLICY or not info.clause.certain
    assert info.bad and info.good
    messages = [hit.message for sample in samples(name, ["bad"]) for hit in found_in(sample)]
    assert messages and all(each.en.isascii() and not each.zh.isascii() for each in messages)


def test_a_declared_clock_source_answers_time001() -> None:
    sample = named("TIME001", "bad/stamps.go")
    assert found_in(sample)
    assert not found_in(sample, Policy(clock_source="ntp.example.cn"))


def test_unchained_audit_logs_are_told_under_the_strict_profiles_alone() -> None:
    sample = named("LOG005", "good/files.go")
    found = found_in(sample, Policy(profile="mlps3"))
    assert [(hit.place.symbol, hit.severity) for hit in found] == [("audit", "low")]


@pytest.mark.parametrize("sample", samples("LOG005", ["strict"]), ids=lambda sample: sample.name)
def test_a_hash_for_something_else_does_not_chain_audit_records(sample: Sample) -> None:
    found = found_in(sample, Policy(profile="strict"))
    assert lines(found) == wanted(sample) and {hit.severity for hit in found} <= {"low"}
    assert not found_in(sample)


def test_the_policy_sets_days_and_names() -> None:
    rotators = next(each for each in samples("LOG003", ["good"]) if each.name.endswith(".go"))
    assert {hit.text for hit in found_in(rotators, Policy(retention_days=365))} == {"MaxAge: 184", "WithMaxAge"}
    sums = named("LOG002", "good/sums.go")
    assert {hit.place.symbol for hit in found_in(sums, Policy(personal_names=("email_template",)))} == set()
    assert {hit.place.symbol for hit in found_in(sums, Policy(personal_names=("data",)))} == {"file"}
