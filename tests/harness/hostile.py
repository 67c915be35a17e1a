"""Trees that try to break the audit, and the command run on them as a user does."""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

GOOD = 'package good\n\nimport "net/http"\n\nfunc F() { http.Get("https://example.com/") }\n'
SEED = 20261122
MOST_MEMORY = 1 << 20  # KiB resident: a run on an ordinary module has a fifth of it
PATIENCE_S = 60.0  # a bound against endless loops; these runs take seconds
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, PR_CAPBSET_DROP = 1, 2, 24


@dataclass(frozen=True)
class Run:
    """What a run of ``goxray audit`` said."""

    status: int
    out: str
    words: str

    @property
    def report(self) -> dict[str, list[dict[str, object]]]:
        report: dict[str, list[dict[str, object]]] = json.loads(self.out)
        return report


def audit(
    root: Path | str, *options: str, expect: tuple[int, ...] = (4,), before: Callable[[], None] | None = None
) -> Run:
    """Run the command as a user does; whatever it is given, it ends in one of these ways, with words of its own."""
    command = [sys.executable, "-m", "goxray", "audit", str(root), "--no-cache", *options]
    place = Path(root).parent
    with open(place / ".out", "w+b") as out, open(place / ".words", "w+b") as words:
        process = subprocess.Popen(
            command, cwd=place, stdin=subprocess.DEVNULL, stdout=out, stderr=words, preexec_fn=before
        )
        try:
            process.wait(PATIENCE_S)
        finally:
            process.kill()
            process.wait()
        out.seek(0)
        words.seek(0)
        run = Run(process.returncode, out.read().decode(), words.read().decode())
    assert run.status in expect, run.words
    assert "Traceback" not in run.words and "a bug in goxray" not in run.words
    assert not control(run.words)
    return run


def control(text: str) -> set[str]:
    """Return the characters of a text that move a reader's cursor, turn the text's direction or cannot be seen."""
    return {each for each in text if each != "\n" and unicodedata.category(each) in ("Cc", "Cf", "Cs", "Zl", "Zp")}


def lay(root: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in ({"go.mod": "module example.com/m\n\ngo 1.27\n", "good/good.go": GOOD} | dict(files)).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def found_in(report: dict[str, list[dict[str, object]]], path: str = "good/good.go") -> set[object]:
    return {each["rule"] for each in report["findings"] if each["path"] == path}


def told(run: Run) -> dict[str, str]:
    """Return what is said of each unhealthy file, having seen that the good one was audited."""
    assert "NET001" in found_in(run.report)
    return {str(each["path"]): f"{each['status']}: {each['detail']}" for each in run.report["unhealthy"]}


def without_privileges() -> None:
    """Take root's right to read everything away from a process that is about to be started."""
    library = ctypes.CDLL(None, use_errno=True)
    for each in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        library.prctl(PR_CAPBSET_DROP, each, 0, 0, 0)
