"""``goxray audit`` and ``goxray audit rules`` as people call them: options, formats, files, exit statuses."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from goxray.ui.cli.main import main

MOD = "module a.cn/svc\n\ngo 1.27\n"
WEAK = 'package a\n\nimport "crypto/md5"\n\nfunc sum(b []byte) [16]byte {\n\treturn md5.Sum(b)\n}\n'


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GOXRAY_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("GOMODCACHE", str(tmp_path / "none"))


@pytest.fixture
def svc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "svc"
    root.mkdir()
    (root / "go.mod").write_text(MOD)
    (root / "a.go").write_text(WEAK)
    monkeypatch.chdir(root)
    return root


def _run(*arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "100"}).invoke(main, ["audit", *arguments])


def test_a_module_as_a_table(svc: Path) -> None:
    result = _run(".")
    assert result.exit_code == 0 and result.stderr == ""
    assert "CRY001" in result.stdout and "a.go:6" in result.stdout and "GB/T 39786" in result.stdout


def test_json_has_the_schema_of_the_audit(svc: Path) -> None:
    report = json.loads(_run(".", "--format", "json").stdout)
    assert report["schema"] == "goxray.audit/1"
    (found,) = [each for each in report["findings"] if each["rule"] == "CRY001"]
    asked = {"rule", "severity", "confidence", "path", "line", "column", "symbol", "message", "clause", "fix"}
    assert asked | {"fingerprint", "suppressed"} <= set(found)
    assert (found["path"], found["line"], found["suppressed"]) == ("a.go", 6, False)
    assert report["files"] == {**report["files"], "parsed": 2, "partial": 0, "failed": 0}
    assert "database_date" in report


@pytest.mark.parametrize("fmt", ["table", "json", "sarif", "html", "md"])
def test_the_same_bytes_twice_with_cache_and_without(svc: Path, fmt: str) -> None:
    cold = _run(".", "--format", fmt, "-o", "cold.txt")
    warm = _run(".", "--format", fmt, "-o", "warm.txt")
    none = _run(".", "--format", fmt, "-o", "none.txt", "--no-cache")
    assert cold.exit_code == warm.exit_code == none.exit_code == 0
    told = (svc / "cold.txt").read_bytes()
    assert told and (svc / "warm.txt").read_bytes() == told == (svc / "none.txt").read_bytes()


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("r.json", b"{"),
        ("r.sarif", b"{"),
        ("r.html", b"<!doctype html>"),
        ("r.md", b"#"),
        ("r.txt", b"goxray audit"),
    ],
)
def test_the_file_s_name_tells_the_format(svc: Path, name: str, begins: bytes) -> None:
    result = _run(".", "-o", name)
    assert result.exit_code == 0 and result.stdout == ""
    assert (svc / name).read_bytes().lstrip()[: len(begins)].lower() == begins
    assert stat.S_IMODE((svc / name).stat().st_mode) == 0o600
    assert [each.name for each in svc.iterdir() if each.name.endswith(".part")] == []


def test_sarif_by_its_ending_is_sarif(svc: Path) -> None:
    _run(".", "-o", "r.sarif")
    assert json.loads((svc / "r.sarif").read_text())["version"] == "2.1.0"


@pytest.mark.parametrize(("severity", "status"), [("critical", 0), ("high", 1), ("info", 1)])
def test_fail_on(svc: Path, severity: str, status: int) -> None:
    assert _run(".", "--fail-on", severity).exit_code == status


def test_accepted_and_old_findings_do_not_fail(svc: Path) -> None:
    comment = "\t//goxray:ignore CRY001 until=2099-01-31 an ETag\n\treturn"
    (svc / "a.go").write_text(WEAK.replace("\treturn", comment))
    assert _run(".", "--fail-on", "high").exit_code == 0
    (svc / "a.go").write_text(WEAK)
    assert _run(".", "--write-baseline", "old.json").exit_code == 0
    assert _run(".", "--baseline", "old.json", "--fail-on", "info").exit_code == 0
    assert _run(".", "--format", "json", "-o", "report.json").exit_code == 0
    assert _run(".", "--baseline", "report.json", "--fail-on", "info").exit_code == 0
    (svc / "b.go").write_text(WEAK.replace("sum", "check"))
    assert _run(".", "--baseline", "old.json", "--fail-on", "high").exit_code == 1


def test_a_file_that_failed_is_partial_and_said_on_stderr(svc: Path) -> None:
    (svc / "zero\x1b[2J.go").write_bytes(b"package a\0")
    result = _run(".", "--format", "json")
    assert result.exit_code == 4
    assert "\x1b" not in result.stderr and "it holds zero bytes: no Go source" in result.stderr
    assert _run(".", "--fail-on", "high").exit_code == 1
    assert "\x1b" not in _run(".").stdout and "zero bytes" in _run(".").stdout


def test_an_executable_that_is_no_go_program_fails_where_it_is_named(svc: Path) -> None:
    (svc / "tool").write_bytes(b"MZ" + bytes(200))
    named = _run("tool", "--format", "json")
    assert named.exit_code == 4 and named.stderr.startswith("goxray: tool: ") and named.stderr.count("\n") == 1
    assert _run(".", "tool").exit_code == 4


def test_a_gate_on_what_a_change_brings(svc: Path) -> None:
    result = _run(".", "--diff", "main")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "is in no git repository" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "name a module, a workspace or a Go binary"),
        (["none"], "none: No such file or directory"),
        ([".", "--fail-on", "bad"], "'bad' is not one of"),
        ([".", "--profile", "iso"], "'iso' is not one of"),
        ([".", "--go", "1.26"], "--go says which toolchain --types asks"),
        ([".", "--policy", "none.toml"], "none.toml"),
        ([".", "--baseline", "a.go"], "is not JSON"),
        ([".", "--vulndb", "."], "holds no advisory"),
        ([".", "-o", "no/where.json"], "cannot write no/where.json"),
        (["rules", "CRY1"], "there is no rule CRY1"),
    ],
)
def test_wrong_usage_is_one_line_and_a_hint(svc: Path, arguments: list[str], says: str) -> None:
    result = _run(*arguments)
    assert result.exit_code == 2 and result.stdout == ""
    first, *rest = result.stderr.splitlines()
    assert first.startswith("goxray: ") and says in first and len(rest) <= 1


def test_policy_errors_name_file_and_key(svc: Path) -> None:
    (svc / "goxray.toml").write_text('profil = "gm"\n')
    result = _run(".")
    assert result.exit_code == 2 and "goxray.toml: unknown: profil" in result.stderr
    (svc / "goxray.toml").write_text('disabled = ["CRY999"]\n')
    assert "there is no rule CRY999" in _run(".").stderr


def test_the_nearest_policy_counts(svc: Path) -> None:
    (svc / "goxray.toml").write_text('profile = "gm"\ndisabled = ["CRY001"]\n')
    (svc / "in").mkdir()
    (svc / "in" / "a.go").write_text(WEAK)
    report = json.loads(_run("in", "--format", "json").stdout)
    assert report["profile"] == "gm" and report["policy"] == "../goxray.toml"
    assert [each for each in report["findings"] if each["rule"] == "CRY001"] == []
    assert json.loads(_run("in", "--profile", "strict", "--format", "json").stdout)["profile"] == "strict"


def test_excluded_and_vendored_code(svc: Path) -> None:
    for name in ("vendor/x.cn/y/y.go", "gen/x_gen.go"):
        (svc / name).parent.mkdir(parents=True)
        (svc / name).write_text(WEAK)

    def paths(*arguments: str) -> list[str]:
        report = json.loads(_run(".", "--format", "json", *arguments).stdout)
        return [each["path"] for each in report["findings"] if each["rule"] == "CRY001"]

    assert paths() == ["a.go", "gen/x_gen.go"]
    assert paths("--exclude", "*_gen.go", "--vendor") == ["a.go", "vendor/x.cn/y/y.go"]


def test_rules_is_the_catalogue_and_dot_rules_a_directory(svc: Path) -> None:
    (svc / "rules").mkdir()
    (svc / "rules" / "r.go").write_text(WEAK)
    catalogue = _run("rules")
    assert catalogue.exit_code == 0 and "NET001" in catalogue.stdout and "TLS001" in catalogue.stdout
    folder = _run("./rules", "--format", "json")
    assert [each["path"] for each in json.loads(folder.stdout)["findings"] if each["rule"] == "CRY001"] == ["r.go"]
    one = _run("rules", "cry001")
    assert "md5" in one.stdout and "GB/T 39786" in one.stdout and "NET001" not in one.stdout
    assert len(json.loads(_run("rules", "--format", "json").stdout)["rules"]) >= 46


def test_chinese(svc: Path) -> None:
    assert "使用了 MD5" in _run(".", "--lang", "zh").stdout
    assert "不校验证书" in _run("rules", "CI001", "--lang", "zh").stdout


@pytest.mark.parametrize("arguments", [["--help"], ["rules", "--help"]])
def test_help_fits_a_line_and_has_examples(arguments: list[str]) -> None:
    shown = _run(*arguments).stdout
    assert "Example" in shown and "  goxray audit " in shown and "Exit status: 0 done" in shown
    assert max(len(line) for line in shown.splitlines()) <= 100
    assert shown.startswith(f"Usage: goxray audit {'rules ' if arguments[0] == 'rules' else ''}[OPTIONS]")


def test_nothing_is_left_where_the_run_fails(svc: Path) -> None:
    assert _run(".", "-o", "report.json", "--vulndb", str(svc)).exit_code == 2
    assert sorted(os.listdir(svc)) == ["a.go", "go.mod"]


def test_advisories_without_dates_are_a_database_all_the_same(svc: Path, tmp_path: Path) -> None:
    (tmp_path / "osv").mkdir()
    affected = [{"package": {"name": "a.cn/x", "ecosystem": "Go"}, "ranges": []}]
    (tmp_path / "osv" / "a.json").write_text(json.dumps({"id": "GO-2026-0001", "affected": affected}))
    told = _run(".", "--vulndb", str(tmp_path / "osv")).stdout
    assert "a database that tells no date" in told and "no database was given" not in told
    assert "未注明日期" in _run(".", "--vulndb", str(tmp_path / "osv"), "--lang", "zh").stdout
    assert "no database was given" in _run(".").stdout
