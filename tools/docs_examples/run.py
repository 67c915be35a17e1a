"""Runs one document's commands as its reader would, against a service that the caller has started."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools.docs_examples import audited, vaulted

REPO = Path(__file__).parents[2]
WIDTH = 132
TIMEOUT = 120


def documents() -> list[str]:
    """Return every document whose commands are run, by its path in the repository."""
    more = sorted(path.relative_to(REPO).as_posix() for path in (REPO / "docs").glob("**/*.md"))
    return ["README.md", "README.zh-CN.md", "CONTRIBUTING.md", *more]


@dataclass(frozen=True)
class Outcome:
    """How a command ended: exit status, and what it printed on both streams."""

    status: int
    output: str


class Reader:
    """Someone who types a document's commands into a shell, in one directory, beside a running ``sessions``."""

    def __init__(self, directory: Path, pid: int, document: str = "") -> None:
        """Prepare the directory; ``pid`` is what ``pidof sessions`` prints, whatever else runs on the machine.

        The reader of a document in Chinese has set GOXRAY_LANG, as it advises.
        """
        self.directory = directory
        tools = directory / ".bin"
        tools.mkdir()
        pidof = tools / "pidof"
        pidof.write_text(f'#!/bin/sh\n[ "$1" = sessions ] || exit 1\necho {pid}\n')
        pidof.chmod(0o755)
        path = os.pathsep.join([str(tools), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
        terminal = {"COLUMNS": str(WIDTH), "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}
        language = {"GOXRAY_LANG": "zh" if ".zh-CN." in document else "en"}
        self.environment = {**os.environ, "PATH": path, **terminal, **language}
        if document.startswith(("docs/audit", "README")):
            audited.prepare(directory, pid)
        if document.startswith(("docs/vault", "docs/mask", "README")):
            self.environment |= vaulted.prepare(directory)

    def run(self, command: str) -> Outcome:
        """Run one command; what cannot sensibly run here is checked instead (see ``CHECKED``).

        Raises:
            ValueError: the command is of a kind that nobody has said how to run or check.
        """
        words = shlex.split(command)
        if words and words[0] in RUN:
            return self._shell(command, self.directory)
        for prefix, check in CHECKED.items():
            if tuple(words[: len(prefix)]) == prefix:
                return check(self, words)
        raise ValueError(f"no rule for running or checking {command!r}")

    def _shell(self, command: str, directory: Path) -> Outcome:
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", command],
            cwd=directory,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT,
        )
        return Outcome(done.returncode, done.stdout)

    def _target_exists(self, words: list[str]) -> Outcome:
        """``make TARGET``: the target exists and its recipe can be put together."""
        return self._shell(shlex.join([words[0], "--dry-run", *words[1:]]), REPO)

    def _installs(self, words: list[str]) -> Outcome:
        """``pip install .``: this tree becomes a package that starts; its dependencies are there already.

        It is done once for all readers in one process: they have the same tree, and none uses what is installed.
        """
        known = _INSTALLED.get(tuple(words))
        if known is not None:
            return known
        where = self.directory / "installed"
        pip = shlex.join([sys.executable, "-m", "pip"])
        quietly = "--quiet --no-deps --no-build-isolation --no-index --disable-pip-version-check"
        target = shlex.quote(str(where))
        outcome = self._shell(
            f"{pip} install {quietly} --target {target} {' '.join(words[2:])}"
            f" && PYTHONPATH={target} {target}/bin/goxray --version",
            REPO,
        )
        if outcome.status == 0:
            _INSTALLED[tuple(words)] = outcome
        return outcome


_INSTALLED: dict[tuple[str, ...], Outcome] = {}

RUN = frozenset({"goxray", "gcore", "python3"})

CHECKED: dict[tuple[str, ...], Callable[[Reader, list[str]], Outcome]] = {
    ("make",): Reader._target_exists,
    ("pip", "install", "."): Reader._installs,
}
