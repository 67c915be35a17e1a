"""What is committed fits any machine: no paths of one machine, no package hosts, no open ends."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]

# The words are put together here so that this file does not contain what it looks for.
MACHINE_PATH = re.compile(r"(?<![\w./}*-])/(?:" + "|".join(["work", "tmp", "root"]) + r")/\w")
PACKAGE_HOST = re.compile(
    r"\b(?:py"
    + r"pi\.org|python"
    + r"hosted\.org|proxy\.go"
    + r"lang\.org|sum\.go"
    + r"lang\.org)\b|--(?:extra-)?index-"
    + r"url[ =]\S"
)
OPEN_END = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
TEXT_LIMIT = 2_000_000


def committed_texts() -> dict[str, str]:
    """Return every text file that git tracks, by its path in the repository."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPO, capture_output=True, check=True).stdout
    texts = {}
    for name in listed.decode().split("\0"):
        path = REPO / name
        if not name or not path.is_file() or path.stat().st_size > TEXT_LIMIT:
            continue
        raw = path.read_bytes()
        if b"\0" not in raw:
            texts[name] = raw.decode("utf-8", "replace")
    return texts


def places(pattern: re.Pattern[str]) -> list[str]:
    """Return ``file:line: text`` for every match of a pattern in a committed text file."""
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in committed_texts().items()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


@pytest.mark.parametrize("pattern", [MACHINE_PATH, PACKAGE_HOST, OPEN_END], ids=["paths", "hosts", "open-ends"])
def test_nothing_of_one_machine_is_committed(pattern: re.Pattern[str]) -> None:
    assert places(pattern) == []


def test_the_patterns_find_what_they_are_for() -> None:
    assert MACHINE_PATH.search("open('/" + "tmp/x')")
    assert not MACHINE_PATH.search("/proc/12/root/" + "app and /proc/PID/root/" + "x")
    assert PACKAGE_HOST.search("https://py" + "pi.org/simple")
    assert OPEN_END.search("# TO" + "DO: later")


def test_the_locks_pin_and_hash_every_package_and_name_no_host() -> None:
    for lock in ("requirements/lock.txt", "requirements/dev.txt"):
        text = (REPO / lock).read_text()
        assert "://" not in text and "--index" not in text and "--find-links" not in text
        pins = re.findall(
            r"^([A-Za-z0-9_.-]+)==\S+(?: ;[^\\]+)? \\\n    --hash=sha256:[0-9a-f]{64}", text, re.MULTILINE
        )
        names = re.findall(r"^([A-Za-z0-9_.-]+)", text, re.MULTILINE)
        assert pins == names and len(pins) > 5, lock


def test_both_locks_agree() -> None:
    def pins(lock: str) -> dict[str, str]:
        return dict(re.findall(r"^([A-Za-z0-9_.-]+)==(\S+)", (REPO / "requirements" / lock).read_text(), re.MULTILINE))

    runtime, development = pins("lock.txt"), pins("dev.txt")
    assert runtime and {name: development.get(name) for name in runtime} == runtime


def test_the_licence_is_whole() -> None:
    text = (REPO / "LICENSE").read_text()
    assert "Apache License" in text and "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text and "limitations under the License." in text
    for section in range(1, 10):
        assert re.search(rf"^   {section}\. [A-Z]", text, re.MULTILINE), section
