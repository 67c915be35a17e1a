"""The audit against hostile options, repositories and roots."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.hostile import (
    GOOD,
    MOST_MEMORY,
    PATIENCE_S,
    audit,
    found_in,
    lay,
    without_privileges,
)


@pytest.mark.parametrize("what", ["nothing", "a loop", "no Go", "no permission"])
def test_what_cannot_be_audited_at_all_is_one_line(tmp_path: Path, what: str) -> None:
    root = tmp_path / "root"
    if what == "a loop":
        root.symlink_to("root")
    elif what == "no Go":
        root.write_text("only words\n")
    elif what == "no permission":
        root.mkdir(mode=0)
    run = audit(root, expect=(2, 3, 4), before=without_privileges)
    lines = run.words.splitlines()
    assert run.status == 2 or what == "no permission"
    assert "root" in run.words + run.out and len(lines) <= 2
    assert run.status != 2 or (lines[0].startswith("goxray: ") and lines[1].startswith("hint: "))


@pytest.mark.parametrize(
    ("option", "content"),
    [
        ("--policy", "a = " + "[" * 50_000),
        ("--policy", "a = " + "9" * 5000),
        ("--policy", "profile = 7"),
        ("--baseline", "[" * 50_000),
        ("--baseline", '{"findings": ' + "9" * 5000 + "}"),
        ("--baseline", '{"findings": [{"rule": []}]}'),
        ("--cover", "mode: set\nx.go:" + "9" * 5000 + ".1,2.3 4 5\n"),
        ("--openapi", "[" * 50_000),
    ],
    ids=[
        "policy-deep", "policy-number", "policy-type", "baseline-deep", "baseline-number", "baseline-type",
        "cover-number", "openapi-deep",
    ],
)  # fmt: skip
def test_files_named_by_options_are_refused_in_one_line(tmp_path: Path, option: str, content: str) -> None:
    given = tmp_path / "given"
    given.write_text(content)
    run = audit(lay(tmp_path / "tree", {}), option, str(given), expect=(2,))
    lines = run.words.splitlines()
    assert "given" in lines[0] and len(lines) <= 2 and len(run.words) < 1000


def test_the_revision_of_a_hostile_repository_runs_nothing(tmp_path: Path) -> None:
    root = lay(tmp_path / "tree", {"x/x.go": GOOD})
    ran = tmp_path / "ran"
    plain = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "PATH": os.environ["PATH"]}
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    for words in (["init", "-q"], ["add", "-A"], [*who, "commit", "-q", "-m", "x"]):
        subprocess.run(["git", *words], cwd=root, env=plain, check=True, timeout=60)
    with open(root / ".git/config", "a") as config:
        config.write(
            f"[core]\n\tfsmonitor = touch {ran}\n\thooksPath = {tmp_path}/hooks\n\tpager = touch {ran}\n"
            f'\tsshCommand = touch {ran}\n[filter "evil"]\n\tsmudge = touch {ran}\n\tclean = touch {ran}\n'
            f'[diff]\n\texternal = touch {ran}\n[diff "evil"]\n\ttextconv = touch {ran}\n'
        )
    (root / ".gitattributes").write_text("*.go filter=evil diff=evil\n")
    (root / "x/x.go").write_text(GOOD.replace("F", "G"))
    run = audit(root, "--diff", "HEAD", "--format", "json", expect=(0,))
    assert "NET001" in found_in(run.report) and not ran.exists()
    bad = audit(root, "--diff", "--upload-pack=touch ran", expect=(2,))
    assert not ran.exists() and len(bad.words.splitlines()) <= 2


def test_a_run_takes_no_more_memory_than_a_machine_has(tmp_path: Path) -> None:
    """Many files near the limit of what is read, of the densest kinds."""
    dense = "package p\n\nvar x = []int{" + "1," * 300_000 + "}\n"
    files = {f"p{n}/p.go": dense for n in range(4)} | {f"c{n}.yaml": "- a: b\n" * 20_000 for n in range(2)}
    root = lay(tmp_path / "tree", files)
    code = (
        "import resource, subprocess, sys; status = subprocess.run([sys.executable, '-m', 'goxray', *sys.argv[1:]], "
        "stdout=subprocess.DEVNULL).returncode; "
        "print(status, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    command = [sys.executable, "-c", code, "audit", str(root), "--no-cache"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=True).stdout.split()
    assert said[0] == "0" and int(said[1]) < MOST_MEMORY
