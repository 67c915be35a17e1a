"""Rules of network, TLS and cryptography over their samples: exactly the wanted lines, and enough samples."""

from __future__ import annotations

import pytest

from goxray.audit.facts import BinaryUnit
from goxray.audit.policy import Policy
from goxray.audit.registry import all_rules
from goxray.audit.rule import Hit, Rule
from goxray.core.audit_result import SEVERITIES, BinaryFacts, Profile
from tests.harness.auditing import CORPUS, Sample, counted, hits, lines, samples, true_lines, wanted

BY_ID = {rule.info.id: rule for rule in all_rules()}
IDS = sorted(
    each
    for each in BY_ID
    if each[:3] in ("NET", "CRY") or each in ("TLS001", "TLS002")
    if (CORPUS / each / "bad").is_dir()
)
POLICIES = {
    "CRY002": Policy(profile="gm"),
    "NET004": Policy(endpoints=("api.example.com", "*.internal.example")),
}
FEWEST = 10


def policy_of(rule: str) -> Policy:
    return POLICIES.get(rule, Policy())


@pytest.mark.parametrize("sample", [each for rule in IDS for each in samples(rule)], ids=lambda s: f"{s.rule}/{s.name}")
def test_a_rule_finds_the_wanted_lines_and_no_other(sample: Sample) -> None:
    found = hits(BY_ID[sample.rule], sample, policy_of(sample.rule))
    assert lines(found) == wanted(sample)
    assert bool(true_lines(sample)) == (sample.path.parent.name == "bad")


@pytest.mark.parametrize("rule", IDS)
def test_a_rule_has_ten_bad_and_ten_good_samples(rule: str) -> None:
    bad, good = counted(rule)
    assert bad >= FEWEST and good >= FEWEST, (bad, good)


@pytest.mark.parametrize("rule", IDS)
def test_a_rule_says_what_it_is_in_both_languages(rule: str) -> None:
    info = BY_ID[rule].info
    assert info.id == rule and info.severity in SEVERITIES
    for text in (info.title, info.what, info.why, info.fix, info.clause.title):
        assert text.en and any("\u4e00" <= letter <= "\u9fff" for letter in text.zh), text
    assert info.bad and info.good
    assert ("binary" in info.evidence) == (BY_ID[rule].binary is not None)
    assert info.clause.certain == (info.clause.standard == "policy")
    found = [hit for each in samples(rule, ["bad"]) for hit in hits(BY_ID[rule], each, policy_of(rule))]
    assert all(hit.message.en and hit.message.zh and hit.text for hit in found)


def binary(*functions: str) -> BinaryUnit:
    facts = BinaryFacts("app", "elf", "amd64", "linux", "go1.27.3", "example.com/app", (), {})
    return BinaryUnit("app", facts, frozenset(functions), {})


def in_binary(rule: Rule, profile: Profile, *functions: str) -> list[Hit]:
    assert rule.binary is not None
    return list(rule.binary(binary(*functions), Policy(profile=profile)))


@pytest.mark.parametrize(
    ("rule", "functions", "symbols"),
    [
        ("NET001", ["net/http.Get", "net/http.(*Client).Get", "main.Get"], ["net/http.Get"]),
        ("NET003", ["net/http.ListenAndServe", "net/http.(*Server).ListenAndServe"], ["net/http.ListenAndServe"]),
        (
            "CRY001",
            ["crypto/md5.Sum", "crypto/md5.init", "main.md5", "crypto/rc4.NewCipher"],
            ["crypto/md5", "crypto/rc4"],
        ),
        ("NET006", ["net/http/pprof.Index", "net/http/pprof.init.0", "runtime/pprof.Index"], ["net/http/pprof.Index"]),
    ],
    ids=["NET001", "NET003", "CRY001", "NET006"],
)
def test_functions_that_a_binary_holds(rule: str, functions: list[str], symbols: list[str]) -> None:
    found = in_binary(BY_ID[rule], "default", *functions)
    assert [hit.place.symbol for hit in found] == symbols
    assert {hit.confidence for hit in found} <= {"low"}
    assert in_binary(BY_ID[rule], "default", "main.main") == []


def test_foreign_algorithms_are_found_under_the_gm_profile_only() -> None:
    (sample,) = samples("CRY002", ["bad"])
    assert hits(BY_ID["CRY002"], sample, Policy()) == []


@pytest.mark.parametrize("profile", ["mlps3", "strict"])
def test_a_safe_default_of_tls_is_told_where_it_must_be_shown(profile: Profile) -> None:
    sample = next(each for each in samples("TLS002", ["good"]) if each.name == "good/go122")
    assert hits(BY_ID["TLS002"], sample, Policy()) == []
    found = hits(BY_ID["TLS002"], sample, Policy(profile=profile))
    assert len(found) == 3 and {hit.severity for hit in found} == {"info"}
