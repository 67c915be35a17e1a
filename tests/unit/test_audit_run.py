"""The audit's run from end to end over small modules: findings, what accepts them, order, fingerprints, health."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from goxray import api_audit
from goxray.audit import gather
from goxray.audit.registry import all_rules
from goxray.audit.rule import Hit
from goxray.core.audit_result import AuditFinding, AuditResult, Suppressed
from goxray.core.errors import UsageError

_audit = partial(api_audit.audit, cache=False, jobs=1, today=date(2026, 11, 22))

MOD = "module a.cn/svc\n\ngo 1.27\n"
WEAK = 'package a\n\nimport "crypto/md5"\n\nfunc sum(b []byte) [16]byte {\n\treturn md5.Sum(b)\n}\n'


def _put(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return root


def _lines(result: AuditResult, *rules: str) -> list[tuple[str, str, int, str]]:
    """Return rule, path, line and who accepts it of the findings of some rules."""
    return [
        (each.rule, each.place.path, each.place.line, each.suppressed.by if each.suppressed else "")
        for each in result.findings
        if each.rule in rules
    ]


def _one(result: AuditResult, rule: str) -> AuditFinding:
    (found,) = [each for each in result.findings if each.rule == rule]
    return found


def test_a_finding_has_clause_fix_and_place(tmp_path: Path) -> None:
    found = _one(_audit([_put(tmp_path, {"go.mod": MOD, "in/a.go": WEAK})]), "CRY001")
    assert (found.place.path, found.place.line, found.place.symbol) == ("in/a.go", 6, "sum")
    assert (found.severity, found.clause) == ("high", "GB/T 39786")
    assert found.fix.en and found.fix.zh and found.suppressed is None and found.new


def test_the_same_input_gives_the_same_answer_wherever_it_lies(tmp_path: Path) -> None:
    files = {"go.mod": MOD, "b/b.go": WEAK, "a/a.go": WEAK, "ci.yml": "env:\n  GOSUMDB: 'off'\n", "goxray.toml": ""}
    first = _audit([_put(tmp_path / "x" / "svc", files)])
    second = _audit([_put(tmp_path / "far" / "svc", files)])
    assert first.findings == second.findings and first.files == second.files
    assert first.policy == second.policy == "goxray.toml"
    places = [(each.place.path, each.place.line) for each in first.findings]
    assert places == sorted(places) and len(places) >= 3


def test_fingerprints_stay_when_lines_move_and_tell_equal_findings_apart(tmp_path: Path) -> None:
    twice = WEAK.replace("\treturn md5.Sum(b)\n", "\t_ = md5.Sum(b)\n\t_ = md5.Sum(b)\n\treturn md5.Sum(b)\n")
    before = _audit([_put(tmp_path, {"go.mod": MOD, "a.go": twice})])
    marks = [each.fingerprint for each in before.findings if each.rule == "CRY001"]
    assert len(set(marks)) == 3 and all(len(each) == 32 for each in marks)
    moved = twice.replace("func sum", "// one\n\n// two\n\nfunc  sum").replace("md5.Sum(b)", "md5.Sum( b )")
    after = _audit([_put(tmp_path, {"a.go": moved})])
    assert [each.fingerprint for each in after.findings if each.rule == "CRY001"] == marks
    other = _audit([_put(tmp_path, {"a.go": twice.replace("func sum", "func check")})])
    assert not {each.fingerprint for each in other.findings if each.rule == "CRY001"} & set(marks)


def _commented(comment: str) -> str:
    return WEAK.replace("\treturn", f"\t//goxray:ignore {comment}\n\treturn")


def test_a_comment_accepts_with_reason_and_date(tmp_path: Path) -> None:
    text = _commented("CRY001 until=2026-11-22 an ETag, SEC-118")
    found = _one(result := _audit([_put(tmp_path, {"go.mod": MOD, "a.go": text})]), "CRY001")
    assert found.suppressed == Suppressed("comment", "an ETag, SEC-118", "2026-11-22")
    assert _lines(result, "SUP001") == []


@pytest.mark.parametrize(
    ("comment", "says"),
    [
        ("CRY001 until=2026-11-21 an ETag", "CRY001: it ran out on 2026-11-21"),
        ("CRY001 an ETag", "it has no until=YYYY-MM-DD"),
        ("CRY001 until=2027-01-01", "it gives no reason"),
        ("CRY001 until=tomorrow an ETag", "its until= is no date"),
        ("until=2027-01-01 an ETag", "it names no rule"),
        ("CRY999 until=2027-01-01 an ETag", "there is no rule CRY999"),
        ("NET001 until=2027-01-01 an ETag", "NET001 finds nothing there"),
    ],
)
def test_a_comment_that_accepts_nothing_is_a_finding_itself(tmp_path: Path, comment: str, says: str) -> None:
    result = _audit([_put(tmp_path, {"go.mod": MOD, "a.go": _commented(comment)})])
    assert _lines(result, "CRY001", "SUP001") == [("SUP001", "a.go", 6, ""), ("CRY001", "a.go", 7, "")]
    assert _one(result, "SUP001").message.en == f"This goxray:ignore accepts nothing: {says}."


def test_a_comment_for_a_rule_that_did_not_look_is_left_alone(tmp_path: Path) -> None:
    text = _commented("CRY001,CRY002 until=2027-01-01 both")
    assert _lines(_audit([_put(tmp_path, {"go.mod": MOD, "a.go": text})]), "SUP001") == []
    assert _lines(_audit([tmp_path], profile="gm"), "SUP001") == [("SUP001", "a.go", 6, "")]


def test_comments_in_gomod_and_configuration(tmp_path: Path) -> None:
    gomod = "//goxray:ignore MOD001 until=2027-01-01 generated by the build\n" + MOD + "\nrequire x.cn/y v1.0.0\n"
    ci = "env:\n  # goxray:ignore MOD002 until=2027-01-01 a mirror checks them\n  GOSUMDB: 'off'\n"
    result = _audit([_put(tmp_path, {"go.mod": gomod, "a.go": "package a\n", "ci.yml": ci})])
    assert _lines(result, "MOD001", "MOD002", "SUP001") == [
        ("MOD002", "ci.yml", 3, "comment"),
        ("MOD001", "go.mod", 0, "comment"),
    ]


def test_the_policy_accepts_by_rule_path_and_symbol(tmp_path: Path) -> None:
    policy = (
        '[[accept]]\nrule = "CRY001"\npath = "in/*.go"\nreason = "old"\nuntil = "2027-01-01"\n'
        '[[accept]]\nrule = "CRY001"\nsymbol = "check"\nreason = "older"\nuntil = "2026-11-21"\n'
        '[[accept]]\nrule = "NET001"\nreason = "none"\nuntil = "2027-01-01"\n'
    )
    files = {
        "go.mod": MOD,
        "a.go": WEAK,
        "in/a.go": WEAK,
        "b/b.go": WEAK.replace("sum", "check"),
        "goxray.toml": policy,
    }
    result = _audit([_put(tmp_path, files)])
    assert _lines(result, "CRY001", "SUP001") == [
        ("CRY001", "a.go", 6, ""),
        ("CRY001", "b/b.go", 6, ""),
        ("SUP001", "goxray.toml", 0, ""),
        ("CRY001", "in/a.go", 6, "policy"),
    ]
    assert _one(result, "SUP001").message.en == "The acceptance of CRY001 at ** ran out on 2026-11-21."
    assert [each.en for each in result.notes if "NET001" in each.en] == [
        "goxray.toml accepts NET001 at ** until 2027-01-01, and nothing is found there."
    ]


def test_the_policy_accepts_a_comment_that_accepts_nothing(tmp_path: Path) -> None:
    policy = '[[accept]]\nrule = "SUP001"\npath = "a.go"\nreason = "being renewed"\nuntil = "2026-12-01"\n'
    files = {"go.mod": MOD, "a.go": _commented("CRY001 until=2026-11-21 an ETag"), "goxray.toml": policy}
    result = _audit([_put(tmp_path, files)])
    assert _lines(result, "SUP001") == [("SUP001", "a.go", 6, "policy")]
    assert not [each for each in result.notes if "SUP001" in each.en]
    (tmp_path / "goxray.toml").write_text('disabled = ["SUP001"]\n')
    assert _lines(_audit([tmp_path]), "SUP001") == []


def test_a_single_file_has_the_policy_beside_it(tmp_path: Path) -> None:
    _put(tmp_path, {"in/a.go": WEAK, "goxray.toml": 'disabled = ["CRY001"]\n'})
    result = _audit([tmp_path / "in" / "a.go"])
    assert result.policy == "../goxray.toml" and _lines(result, "CRY001") == []


def test_the_policy_s_patterns_count_from_its_own_directory(tmp_path: Path) -> None:
    policy = (
        'exclude = ["svc/gen/..."]\n'
        '[[accept]]\nrule = "CRY001"\npath = "svc/in/*.go"\nreason = "old"\nuntil = "2027-01-01"\n'
    )
    files = {"goxray.toml": policy, "go.mod": MOD, "svc/in/a.go": WEAK, "svc/gen/g.go": WEAK, "far/in/a.go": WEAK}
    _put(tmp_path, files)
    assert _lines(_audit([tmp_path]), "CRY001") == [
        ("CRY001", "far/in/a.go", 6, ""),
        ("CRY001", "svc/in/a.go", 6, "policy"),
    ]
    (tmp_path / ".git").mkdir()
    assert _lines(_audit([tmp_path / "svc"]), "CRY001") == [("CRY001", "in/a.go", 6, "policy")]
    assert _lines(_audit([tmp_path / "svc", tmp_path / "far"]), "CRY001") == [
        ("CRY001", "far/in/a.go", 6, ""),
        ("CRY001", "svc/in/a.go", 6, "policy"),
    ]
    elsewhere = tmp_path / "etc" / "goxray.toml"
    _put(tmp_path, {"etc/goxray.toml": policy.replace("svc/", "")})
    assert _lines(_audit([tmp_path / "svc"], policy=elsewhere), "CRY001") == [("CRY001", "in/a.go", 6, "policy")]


def test_severities_profiles_and_rules_that_are_off(tmp_path: Path) -> None:
    strong = WEAK.replace("md5.Sum", "sha256.Sum256").replace("/md5", "/sha256")
    policy = 'disabled = ["MAP001"]\n[severities]\nCRY001 = "low"\n'
    _put(tmp_path, {"go.mod": MOD, "a.go": strong, "b.go": WEAK, "goxray.toml": policy})
    result = _audit([tmp_path])
    assert _one(result, "CRY001").severity == "low"
    ran = {each.id for each in result.rules}
    assert "MAP001" not in ran and "CRY002" not in ran and "SUP001" in ran
    gm = _audit([tmp_path], profile="gm")
    assert gm.profile == "gm" and _lines(gm, "CRY002") == [("CRY002", "a.go", 6, "")]


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        ('disabled = ["CRY999"]', "disabled: there is no rule CRY999"),
        ('[severities]\nX1 = "low"', "severities: there is no rule X1"),
        ('[[accept]]\nrule = "NO"\nreason = "r"\nuntil = "2027-01-01"', "accept: there is no rule NO"),
        ('platforms = ["kylin"]', "platforms: kylin is no platform"),
        ('arches = ["x86_64"]', "arches: x86_64 is no GOARCH"),
    ],
)
def test_a_policy_that_names_no_rule_is_wrong(tmp_path: Path, policy: str, says: str) -> None:
    _put(tmp_path, {"go.mod": MOD, "a.go": WEAK, "goxray.toml": policy})
    with pytest.raises(UsageError, match=says):
        _audit([tmp_path])


def test_a_baseline_accepts_what_was_there(tmp_path: Path) -> None:
    svc = _put(tmp_path / "svc", {"go.mod": MOD, "a.go": WEAK})
    kept = tmp_path / "old.json"
    text = api_audit.baseline_text(_audit([svc]))
    kept.write_text(text)
    _put(svc, {"a.go": WEAK.replace("func sum", "//\n\nfunc sum"), "b/b.go": WEAK})
    result = _audit([svc], baseline=kept)
    assert _lines(result, "CRY001") == [("CRY001", "a.go", 8, "baseline"), ("CRY001", "b/b.go", 6, "")]
    assert api_audit.reached(result, "high")
    kept.write_text(api_audit.baseline_text(result))
    assert not api_audit.reached(_audit([svc], baseline=kept), "info")
    _put(svc, {"b/b.go": "package b\n"})
    told = [each.en for each in _audit([svc], baseline=kept).notes]
    assert "1 finding of the baseline cannot be found any more; --write-baseline writes one without." in told
    assert text == api_audit.baseline_text(_audit([_put(svc, {"a.go": WEAK})], baseline=kept))


def test_what_a_comment_accepts_stays_out_of_the_baseline(tmp_path: Path) -> None:
    _put(tmp_path, {"go.mod": MOD, "a.go": _commented("CRY001 until=2027-01-01 an ETag"), "b/b.go": WEAK})
    rows = json.loads(api_audit.baseline_text(_audit([tmp_path])))["findings"]
    assert [(each["rule"], each["path"]) for each in rows if each["rule"] == "CRY001"] == [("CRY001", "b/b.go")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "is not JSON"),
        ("[]", "neither a baseline nor a report"),
        ('{"schema": "goxray.lab/1", "findings": []}', "neither a baseline nor a report"),
        ('{"schema": "goxray.audit-baseline/1"}', "a finding without a fingerprint"),
        ('{"schema": "goxray.audit/1", "findings": [{"fingerprint": "../x"}]}', "a finding without a fingerprint"),
        ("[" * 100_000, "is not JSON"),
    ],
    ids=["cut", "list", "other", "none", "strange", "deep"],
)
def test_a_baseline_that_is_none(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "old.json").write_text(text)
    with pytest.raises(UsageError, match=says):
        _audit([_put(tmp_path, {"a.go": WEAK})], baseline=tmp_path / "old.json")


def test_broken_files_are_told_and_the_rest_is_audited(tmp_path: Path) -> None:
    files = {
        "go.mod": "module\n",
        "a.go": WEAK,
        "broken.go": "package a\n\nfunc f( {\n\treturn md5.Sum(nil)\n}\n",
        "zero.go": "package a\x00",
        "chart/values.yaml": "{{- if .Values.on }}\nenv: [GOSUMDB=off\n{{- end }}\n",
    }
    result = _audit([_put(tmp_path, files)])
    told = {each.path: each.status for each in result.unhealthy}
    assert told == {"broken.go": "partial", "chart/values.yaml": "partial", "go.mod": "failed", "zero.go": "failed"}
    assert (result.files.parsed, result.files.partial, result.files.failed) == (1, 2, 2)
    assert ("CRY001", "a.go", 6, "") in _lines(result, "CRY001")


def test_an_enormous_file_is_told(tmp_path: Path) -> None:
    _put(tmp_path, {"go.mod": MOD, "a.go": WEAK})
    with (tmp_path / "huge.go").open("wb") as file:
        file.truncate(9 << 20)
    result = _audit([tmp_path])
    assert [(each.path, each.status) for each in result.unhealthy] == [("huge.go", "failed")]
    assert len(_lines(result, "CRY001")) == 1


def test_names_that_are_no_text_come_out_as_text(tmp_path: Path) -> None:
    _put(tmp_path, {"go.mod": MOD})
    with open(os.fsencode(tmp_path) + b"/\xff\n.go", "w") as file:
        file.write(WEAK)
    found = _one(_audit([tmp_path]), "CRY001")
    assert found.place.path == "\\xff\n.go" and found.place.path.encode("utf-8")


def test_a_rule_that_fails_costs_its_own_hits_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> Iterator[Hit]:
        raise KeyError("x")

    changed = tuple(replace(each, config=failing) if each.info.id == "CI001" else each for each in all_rules())
    monkeypatch.setattr(gather, "all_rules", lambda: changed)
    result = _audit([_put(tmp_path, {"Dockerfile": "ENV GOSUMDB=off\n"})])
    assert _lines(result, "MOD002") == [("MOD002", "Dockerfile", 1, "")]
    assert [each.detail for each in result.unhealthy] == ["CI001 failed here and found nothing: KeyError: 'x'"]


def test_a_workspace_repeats_nothing_that_its_modules_say(tmp_path: Path) -> None:
    requires = "\nrequire golang.org/x/text v0.0.0-20170915032832-14c0d48ead0c\n"
    files = {
        "go.work": "go 1.27\n\nuse (\n\t./a\n\t./b\n)\n\nreplace x.cn/far => ./far\n",
        "a/go.mod": MOD.replace("svc", "a") + requires,
        "b/go.mod": MOD.replace("svc", "b"),
        "a/a.go": "package a\n",
        "b/b.go": "package b\n",
    }
    result = _audit([_put(tmp_path, files)])
    assert _lines(result, "MOD004") == [("MOD004", "a/go.mod", 5, ""), ("MOD004", "go.work", 8, "")]
    assert [each.path for each in result.modules] == ["a.cn/a", "a.cn/b", "golang.org/x/text"]


def test_what_was_left_out_is_counted(tmp_path: Path) -> None:
    files = {"a.go": WEAK, "vendor/x/x.go": WEAK, "testdata/t.go": WEAK, "_x/x.go": WEAK, "gen/g_gen.go": WEAK}
    result = _audit([_put(tmp_path, files)], exclude=["*_gen.go"])
    assert _lines(result, "CRY001") == [("CRY001", "a.go", 6, "")]
    assert result.notes[0].en == (
        "Left out: 1 vendor directory (--vendor looks at it); 1 testdata directory; "
        "1 file or directory by --exclude or the policy; 1 Go file or module that the go command ignores."
    )
    assert result.notes[1].en.startswith("No go.mod for .:")
    assert len(_lines(_audit([tmp_path], vendor=True), "CRY001")) == 3


def test_a_second_run_takes_what_the_first_one_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOXRAY_CACHE", str(tmp_path / "cache"))
    svc = _put(tmp_path / "svc", {"go.mod": MOD, "a.go": _commented("CRY001 until=2026-11-30 an ETag"), "b/b.go": WEAK})
    first = api_audit.audit([svc], jobs=1, today=date(2026, 11, 22))
    again = api_audit.audit([svc], jobs=1, today=date(2026, 11, 22))
    assert (first.reused, again.reused) == (0, 2)
    assert again.findings == first.findings and again.files == first.files
    later = api_audit.audit([svc], jobs=1, today=date(2026, 12, 1))
    assert _lines(later, "SUP001") == [("SUP001", "a.go", 6, "")]
    _put(svc, {"b/b.go": "package b\n"})
    assert api_audit.audit([svc], jobs=1, today=date(2026, 11, 22)).reused == 1


def test_rules_by_name() -> None:
    every = [each.id for each in api_audit.rules()]
    assert every == [*sorted(every[:-1]), "SUP001"] and {"NET001", "MOD005", "RT001"} < set(every)
    assert [each.id for each in api_audit.rules(["cry001", "NET001"])] == ["CRY001", "NET001"]
    with pytest.raises(UsageError, match="there is no rule CRY1"):
        api_audit.rules(["CRY1"])
