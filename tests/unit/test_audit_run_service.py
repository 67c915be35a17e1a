"""The payments service of tests/programs/audited: every fault that was put there is found, at its line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from goxray import api_audit
from goxray.core.audit_result import AuditResult

SERVICE = Path(__file__).parents[1] / "programs" / "audited"

FAULTS = [
    ("CI001", "Dockerfile", "curl -fsSL"),
    ("MOD002", "Dockerfile", "ENV GOSUMDB=off"),
    ("MOD002", ".github/workflows/release.yml", "GOFLAGS: -insecure"),
    ("CI001", ".github/workflows/release.yml", "docker push"),
    ("LOG003", "deploy/logrotate.d/payments", "rotate 30"),
    ("MOD001", "go.mod", "tjfoc/gmsm"),
    ("MOD003", "go.mod", "tjfoc/gmsm"),
    ("MOD006", "go.mod", "tjfoc/gmsm"),
    ("CRY005", "go.mod", "tjfoc/gmsm"),
    ("MOD004", "go.mod", "replace example.cn/idgen"),
    ("NET006", "main.go", '"net/http/pprof"'),
    ("NET003", "main.go", "http.ListenAndServe"),
    ("NET005", "main.go", "http.ListenAndServe"),
    ("LOG001", "main.go", "pay %d fen"),
    ("LOG004", "main.go", "login of %s"),
    ("TLS001", "client.go", "InsecureSkipVerify"),
    ("NET002", "client.go", "&http.Client{"),
    ("NET001", "client.go", "http.Post("),
    ("NET005", "client.go", "http.Post("),
    ("NET004", "client.go", "partner.example.com"),
    ("CRY008", "secrets.go", "const signingKey"),
    ("CRY009", "secrets.go", "return signature =="),
    ("CRY004", "secrets.go", "cipher.NewCTR"),
    ("CRY003", "secrets.go", "rand.Int63()"),
    ("CRY001", "secrets.go", "md5.Sum([]byte(phone))"),
    ("LOG002", "secrets.go", "md5.Sum([]byte(phone))"),
    ("DB002", "internal/ledger/ledger.go", "postgres://"),
    ("MAP001", "internal/ledger/ledger.go", "make(map[string]Order)"),
    ("MAP002", "sessions.go", "delete(s.byUser"),
    ("MAP003", "sessions.go", "*counts = map"),
    ("MAP004", "sessions.go", "scratch.Put(counts)"),
    ("RT001", "sessions.go", "loaded[user] ="),
]
"""Rule, file, and a text of the line, as the faults were put there."""

ACCEPTED = [
    ("CRY001", "secrets.go", "md5.Sum(body)", "comment"),
    ("DB001", "internal/ledger/ledger.go", "Phone  string", "policy"),
    ("DB001", "internal/ledger/ledger.go", "IDCard string", "policy"),
]


def _line(path: str, text: str) -> int:
    (line,) = [at for at, each in enumerate((SERVICE / path).read_text().splitlines(), 1) if text in each]
    return line


@pytest.fixture(scope="module")
def report() -> AuditResult:
    return api_audit.audit([SERVICE], cache=False, jobs=1, today=date(2026, 11, 22))


def test_every_fault_is_found_and_accepted_ones_are_accepted(report: AuditResult) -> None:
    found = {(each.rule, each.place.path, each.place.line) for each in report.findings if each.suppressed is None}
    wanted = {(rule, path, _line(path, text)) for rule, path, text in FAULTS}
    assert wanted <= found, sorted(wanted - found)
    accepted = {
        (each.rule, each.place.path, each.place.line, each.suppressed.by)
        for each in report.findings
        if each.suppressed is not None
    }
    assert accepted == {(rule, path, _line(path, text), by) for rule, path, text, by in ACCEPTED}


def test_little_else_is_found(report: AuditResult) -> None:
    """What is found beside the faults listed: consequences of them that have no line, or are told twice."""
    wanted = {(rule, path, _line(path, text)) for rule, path, text in FAULTS}
    beside = {
        (each.rule, each.place.path)
        for each in report.findings
        if each.suppressed is None and (each.rule, each.place.path, each.place.line) not in wanted
    }
    assert beside <= {
        ("BLD005", "go.mod"),
        ("BLD005", "third_party/idgen/go.mod"),
        ("CRY008", "secrets.go"),  # the key where it is used
        ("LOG005", "records.go"),
        ("MAP002", "internal/ledger/ledger.go"),
        ("TLS002", "client.go"),
    }


def test_no_secret_of_the_service_is_printed(report: AuditResult) -> None:
    told = repr(report)
    assert "Pa55w0rd-2024" not in told and "q7Vd02mXz9LpT4rW8sKe1bYc" not in told


def test_the_service_reads_whole(report: AuditResult) -> None:
    assert report.unhealthy == () and report.profile == "mlps3" and report.policy == "goxray.toml"
    assert [each.path for each in report.modules if each.main] == ["example.cn/idgen", "example.cn/payments"]
