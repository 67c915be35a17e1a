"""The rules that look at executables: each on its labelled samples."""

from __future__ import annotations

import pytest

from goxray.audit.policy import Policy
from goxray.audit.registry import all_rules
from goxray.audit.rule import Hit
from goxray.core.audit_result import Profile
from tests.harness.binary_samples import BinarySample, binary_samples, unit_of

BY_ID = {rule.info.id: rule for rule in all_rules()}
RULES = ["BLD001", "BLD002", "BLD003", "BLD004", "BLD006", "CRY010"]
SAMPLES = [sample for rule in RULES for sample in binary_samples(rule)]


def hits(sample: BinarySample) -> list[Hit]:
    check = BY_ID[sample.rule].binary
    assert check is not None
    return list(check(sample.unit, sample.policy))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.rule}-{sample.name}")
def test_a_rule_says_what_is_wanted_and_nothing_else(sample: BinarySample) -> None:
    found = hits(sample)
    assert [hit.text for hit in found] == list(sample.want)
    for hit in found:
        assert hit.place.path == sample.unit.path
        assert hit.message.en and hit.message.zh and hit.message.en != hit.message.zh


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_has_twenty_samples_of_both_kinds(rule: str) -> None:
    samples = binary_samples(rule)
    assert len({sample.name for sample in samples}) == len(samples) >= 20
    assert sum(bool(sample.want) for sample in samples) >= 10
    assert sum(not sample.want for sample in samples) >= 9


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_says_what_it_is_in_both_languages(rule: str) -> None:
    info = BY_ID[rule].info
    assert info.evidence == ("binary",)
    for words in (info.title, info.what, info.why, info.fix):
        assert words.en and words.zh and words.en != words.zh
    assert info.bad and info.good and info.bad != info.good


def test_a_secret_is_never_printed_whole() -> None:
    for sample in binary_samples("BLD006"):
        for hit in hits(sample):
            secret = sample.unit.strings[hit.text]
            told = [hit.message.en, hit.message.zh, hit.text, hit.place.symbol, *(step.says.en for step in hit.steps)]
            assert not any(secret in text for text in told), sample.name
            assert not any(secret[: len(secret) // 2] in text for text in told), sample.name


def test_how_sure_a_secret_is() -> None:
    check = BY_ID["BLD006"].binary
    assert check is not None
    strings = {
        "main.a": "AKIAABCDEFGHIJKLMNOP",
        "main.password": "correcthorse",
        "main.k": "q7Zt0Xw9LmB3nVc5RkJ8sHd2",
    }
    found = {hit.text: hit.confidence for hit in check(unit_of({}, strings=strings), Policy())}
    assert found == {"main.a": "high", "main.password": "medium", "main.k": "low"}


@pytest.mark.parametrize(
    ("library", "sure"),
    [
        ("OpenSSL 3.2.1 (static)", "high"),
        ("OpenSSL >= 3.2.0 (libcrypto.so.3)", "medium"),
        ("OpenSSL >= 3.0.3 (libcrypto.so.3)", "low"),
        ("OpenSSL (libcrypto.so.3)", "low"),
    ],
)
def test_how_sure_a_leak_is(library: str, sure: str) -> None:
    check = BY_ID["CRY010"].binary
    assert check is not None
    unit = unit_of({"arch": "arm64", "cgo": True, "crypto": [library]}, ["gm._Cfunc_sm2_sign"])
    assert [hit.confidence for hit in check(unit, Policy())] == [sure]


@pytest.mark.parametrize(
    ("rule", "functions", "texts"),
    [
        ("NET001", ["net/http.Get", "net/http.(*Client).Get"], ["http.Get"]),
        ("NET001", ["net/http.Head", "net/http.PostForm"], ["http.Head", "http.PostForm"]),
        ("NET001", ["net/http.(*Client).Get", "example.com/x/http.Get"], []),
        ("NET003", ["net/http.ListenAndServeTLS"], ["http.ListenAndServeTLS"]),
        ("NET003", ["net/http.(*Server).ListenAndServe", "net/http.(*Server).Serve"], []),
        ("NET006", ["net/http/pprof.Index", "net/http/pprof.init.0"], ["net/http/pprof"]),
        ("NET006", ["expvar.expvarHandler", "expvar.Handler"], ["expvar"]),
        ("NET006", ["runtime/pprof.StartCPUProfile"], []),
        ("CRY001", ["crypto/md5.Sum", "crypto/md5.block"], ["crypto/md5"]),
        ("CRY001", ["crypto/rc4.(*Cipher).XORKeyStream", "crypto/sha1.New"], ["crypto/rc4", "crypto/sha1"]),
        ("CRY001", ["example.com/crypto/md5.Sum", "crypto/sha256.New", "crypto/md5fast.Sum"], []),
    ],
)
def test_what_is_linked_is_told_as_linked(rule: str, functions: list[str], texts: list[str]) -> None:
    check = BY_ID[rule].binary
    assert check is not None
    profiles: tuple[Profile, ...] = ("default", "strict")
    for profile in profiles:
        found = list(check(unit_of({}, functions), Policy(profile=profile)))
        assert [hit.text for hit in found] == texts
        assert all(hit.confidence == "low" and "linked" in hit.message.en for hit in found)
