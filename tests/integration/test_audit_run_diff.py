"""``--diff REV``: which findings a revision has already, and that a hostile repository gets nothing run."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from goxray import api_audit
from goxray.audit import gather
from goxray.audit.policy import Policy
from goxray.audit.repository import object_of, revision
from goxray.audit.scan import scan
from goxray.audit.scanned import PackageFiles, PackageScan
from goxray.core.audit_result import AuditResult
from goxray.core.errors import GoxrayError, NotInstalled, UsageError

_audit = partial(api_audit.audit, cache=False, jobs=1, today=date(2026, 11, 22))

MOD = "module a.cn/svc\n\ngo 1.27\n"
WEAK = 'package a\n\nimport "crypto/md5"\n\nfunc sum(b []byte) [16]byte {\n\treturn md5.Sum(b)\n}\n'
CALM = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
}


def _git(where: Path, *arguments: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    who = ["-c", "user.name=t", "-c", "user.email=t@example.cn", "-c", "init.defaultBranch=main"]
    done = subprocess.run(
        ["git", *who, *arguments], cwd=where, env=kept | CALM, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()


def _put(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return root


def _committed(root: Path, files: dict[str, str], *, form: str = "sha1") -> Path:
    _put(root, files)
    _git(root, "init", "-q", f"--object-format={form}")
    _git(root, "add", "-A")
    _git(root, "commit", "-q", "-m", "first")
    return root


def _new(result: AuditResult) -> list[tuple[str, str, int]]:
    return [(each.rule, each.place.path, each.place.line) for each in result.findings if each.new]


FIRST = {
    "go.mod": MOD,
    "a.go": WEAK,
    "b/b.go": WEAK,
    "ci.yml": "env:\n  GOSUMDB: 'off'\n",
    "Dockerfile": "FROM scratch\n",
}


@pytest.mark.parametrize("form", ["sha1", "sha256"])
def test_only_what_the_revision_lacks_is_new(tmp_path: Path, form: str) -> None:
    svc = _committed(tmp_path / "svc", FIRST, form=form)
    same = _audit([svc], diff="HEAD")
    assert _new(same) == [] and len(same.findings) >= 3
    assert same.compared == f"HEAD ({_git(svc, 'rev-parse', 'HEAD')[:12]})"
    more = WEAK.replace("func sum", "// moved\nfunc sum") + "\nfunc again(b []byte) [16]byte { return md5.Sum(b) }\n"
    _put(svc, {"a.go": more, "c/c.go": WEAK, "Dockerfile": "FROM scratch\nENV GOSUMDB=off\n"})
    changed = _audit([svc], diff="HEAD")
    assert _new(changed) == [("MOD002", "Dockerfile", 2), ("CRY001", "a.go", 10), ("CRY001", "c/c.go", 6)]
    assert api_audit.reached(changed, "high")
    _git(svc, "add", "-A")
    _git(svc, "commit", "-q", "-m", "second")
    assert _new(_audit([svc], diff="HEAD")) == []
    assert _new(_audit([svc], diff="main~1")) == _new(changed)


def test_only_changed_packages_are_scanned_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    svc = _committed(tmp_path, FIRST)
    _put(svc, {"a.go": WEAK + "\n// changed\n"})
    scanned = []

    def noting(packages: Sequence[PackageFiles], policy: Policy, **given: Any) -> Iterator[PackageScan]:
        scanned.append([each.path for each in packages])
        return scan(packages, policy, **given)

    monkeypatch.setattr(gather, "scan", noting)
    assert _new(_audit([svc], diff="HEAD")) == []
    assert scanned == [[".", "b"], ["."]]


def test_a_linked_work_tree_has_its_own_files(tmp_path: Path) -> None:
    svc = _committed(tmp_path / "svc", FIRST)
    _git(svc, "worktree", "add", "-q", str(tmp_path / "other"))
    _put(tmp_path / "other", {"c/c.go": WEAK})
    assert _new(_audit([tmp_path / "other"], diff="main")) == [("CRY001", "c/c.go", 6)]
    assert _new(_audit([svc], diff="main")) == []


def test_a_part_of_a_repository_is_compared_with_that_part(tmp_path: Path) -> None:
    far = {f"far/{name}": text for name, text in FIRST.items()}
    repository = _committed(tmp_path, {**FIRST, **far, "goxray.toml": 'exclude = ["b"]\n'})
    _put(repository, {"far/a.go": WEAK.replace("sum", "check"), "b/b.go": WEAK.replace("sum", "check")})
    assert _new(_audit([repository / "far"], diff="HEAD")) == [("CRY001", "a.go", 6)]
    both = _audit([repository / "far", repository / "b"], diff="HEAD")
    assert ("CRY001", "far/a.go", 6) in _new(both) and ("CRY001", "b/b.go", 6) in _new(both)
    whole = _audit([repository], diff="HEAD")
    assert _new(whole) == [("CRY001", "far/a.go", 6)] and all(each.place.path != "b/b.go" for each in whole.findings)


def test_findings_of_modules_and_comments_are_compared_too(tmp_path: Path) -> None:
    old = "//goxray:ignore NET001 until=2025-01-01 long ago\n"
    svc = _committed(tmp_path, {**FIRST, "go.mod": MOD + "\nrequire x.cn/y v1.0.0\n", "d/d.go": old + "package d\n"})
    assert {each.rule for each in _audit([svc], diff="HEAD").findings} >= {"MOD001", "SUP001"}
    _put(svc, {"go.mod": MOD + "\nrequire x.cn/y v1.0.0\n\nreplace x.cn/y => ./y\n", "d/d.go": old + "\npackage d\n"})
    assert _new(_audit([svc], diff="HEAD")) == [("MOD004", "go.mod", 7)]


def test_a_module_that_was_renamed_is_scanned_whole(tmp_path: Path) -> None:
    svc = _committed(tmp_path, FIRST)
    _put(svc, {"go.mod": MOD.replace("a.cn/svc", "a.cn/other")})
    assert _new(_audit([svc], diff="HEAD")) == []
    _put(svc, {"go.mod": MOD, "b/go.mod": MOD.replace("1.27", "1.21")})
    assert {rule for rule, _, _ in _new(_audit([svc], diff="HEAD"))} == {"BLD005"}


def test_binaries_that_the_revision_lacks_count_as_new(tmp_path: Path) -> None:
    svc = _committed(tmp_path, {**FIRST, ".gitignore": "bin\n"})
    (svc / "bin").mkdir()
    (svc / "bin" / "tool").write_bytes(b"\x7fELF" + bytes(200))
    result = _audit([svc], diff="HEAD")
    assert _new(result) == []
    assert [(each.path, each.kind) for each in result.unhealthy] == [("bin/tool", "binary")]


@pytest.mark.parametrize("name", ["none", "--help", "-c", "HEAD:a.go", "", "\n", "HEAD^{tree}"])
def test_a_name_that_is_no_commit(tmp_path: Path, name: str) -> None:
    svc = _committed(tmp_path, FIRST)
    with pytest.raises(UsageError, match="is no revision of"):
        revision(svc, name)


def test_what_is_in_no_repository_and_where_there_is_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    svc = _put(tmp_path / "svc", FIRST)
    with pytest.raises(UsageError, match="is in no git repository"):
        _audit([svc], diff="HEAD")
    with pytest.raises(UsageError, match="--diff compares directories"):
        _audit([svc / "a.go"], diff="HEAD")
    _committed(svc, {})
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotInstalled, match="--diff needs git"):
        _audit([svc], diff="HEAD")


def _hostile(svc: Path, ran: Path) -> None:
    """Have a repository's config, hooks and attributes name a command wherever git knows of one."""
    script = svc.parent / "run.sh"
    script.write_text(f'#!/bin/sh\necho "$0 $@" >> {ran}\ncat\n')
    script.chmod(0o755)
    for key in (
        "core.fsmonitor", "core.sshCommand", "core.editor", "core.pager", "core.gitProxy", "diff.external",
        "diff.evil.command", "diff.evil.textconv", "filter.evil.clean", "filter.evil.smudge", "filter.evil.process",
        "core.alternateRefsCommand", "credential.helper", "gpg.program", "pager.ls-tree", "pager.cat-file",
    ):  # fmt: skip
        _git(svc, "config", key, str(script))
    _git(svc, "config", "core.hooksPath", str(svc.parent))
    for hook in ("post-checkout", "post-index-change", "fsmonitor-watchman", "reference-transaction", "pre-commit"):
        (svc.parent / hook).symlink_to("run.sh")
    (svc / ".gitattributes").write_text("* filter=evil diff=evil\n")
    (svc / ".git" / "info" / "attributes").write_text("* filter=evil diff=evil\n")
    _git(svc, "config", "remote.far.url", f"ext::{script}")
    _git(svc, "config", "remote.far.promisor", "true")
    _git(svc, "config", "protocol.ext.allow", "always")
    _git(svc, "config", "extensions.partialClone", "far")


def test_nothing_that_a_repository_names_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = tmp_path / "ran"
    svc = _committed(tmp_path / "svc", FIRST)
    _hostile(svc, ran)
    assert subprocess.run(["git", "status"], cwd=svc, capture_output=True, timeout=60).returncode == 0
    assert ran.exists(), "the trap does not work"
    ran.unlink()
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", str(tmp_path / "run.sh"))
    index = (svc / ".git" / "index").read_bytes()
    _put(svc, {"a.go": WEAK.replace("sum", "check")})
    assert _new(_audit([svc], diff="HEAD")) == [("CRY001", "a.go", 6)]
    assert not ran.exists()
    assert (svc / ".git" / "index").read_bytes() == index


def test_a_missing_object_is_not_fetched(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    svc = _committed(tmp_path / "svc", FIRST)
    _hostile(svc, ran)
    blob = object_of((svc / "a.go").read_bytes(), revision(svc, "HEAD").files(svc)["a.go"])
    ran.unlink(missing_ok=True)
    _put(svc, {"a.go": WEAK.replace("sum", "check")})
    (svc / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(GoxrayError, match=f"object {blob[:12]} of .* is missing"):
        _audit([svc], diff="HEAD")
    assert not ran.exists()


def test_names_that_lead_out_are_left_out(tmp_path: Path) -> None:
    svc = _committed(tmp_path / "svc", FIRST)
    blob = _git(svc, "hash-object", "-w", "a.go")
    sub = subprocess.run(
        ["git", "mktree"], cwd=svc, input=f"100644 blob {blob}\tx.go\n", capture_output=True, text=True, check=True
    ).stdout.strip()
    tree = subprocess.run(
        ["git", "mktree"],
        cwd=svc,
        input=f"040000 tree {sub}\t..\n120000 blob {blob}\tlink.go\n100644 blob {blob}\tb.go\n",
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    commit = _git(svc, "commit-tree", tree, "-m", "hostile")
    assert list(revision(svc, commit).files(svc)) == ["b.go"]
    _audit([svc], diff=commit)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["svc"]
