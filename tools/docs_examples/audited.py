"""What the pages on the audit speak of: a service with faults as a git repository, a binary, one advisory."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

SERVICE = Path(__file__).parents[2] / "tests" / "programs" / "audited"
NAME = "payments"
ADVISORY = {
    "id": "EXAMPLE-2026-0001",
    "modified": "2026-10-30T00:00:00Z",
    "published": "2026-10-28T00:00:00Z",
    "summary": "An advisory made for this page",
    "affected": [
        {
            "package": {"ecosystem": "Go", "name": "github.com/tjfoc/gmsm"},
            "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}]}],
        }
    ],
}


def prepare(directory: Path, pid: int) -> None:
    """Put the service, the binary of a running process and a database of one advisory into a reader's directory."""
    shutil.copytree(SERVICE, directory / NAME)
    _commit(directory / NAME)
    (directory / "bin").mkdir()
    shutil.copy(f"/proc/{pid}/exe", directory / "bin" / "sessions")
    (directory / "vulndb").mkdir()
    (directory / "vulndb" / f"{ADVISORY['id']}.json").write_text(json.dumps(ADVISORY), "utf-8")


def _commit(place: Path) -> None:
    author = ["-c", "user.name=reader", "-c", "user.email=reader@example.cn", "-c", "commit.gpgsign=false"]
    for words in (["init", "-q"], ["add", "-A"], [*author, "commit", "-q", "-m", "as it is"]):
        subprocess.run(["git", *words], cwd=place, check=True, capture_output=True, timeout=60)
