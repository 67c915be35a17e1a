"""Other tools that look at Go heaps, run on the same process as goxray: goref and viewcore.

Both are fetched and built by the go command through the Go module proxy, once, into goxray's cache. A tool that cannot
be had, or does not understand a program, costs one line and nothing else.

goref (github.com/cloudwego/goref) says that it reads programs built with Go 1.19 to 1.26, live ones included, and needs
Go 1.24 to be built itself. viewcore (golang.org/x/debug/cmd/viewcore) reads core files, names no versions, and needs Go
1.26 to be built; its sources handle malloc headers (Go 1.22) and Green Tea's marks (Go 1.25).
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.measure import Cost, run
from goxray.target import toolchains

BUILT_WITH = "1.27.3"
FETCH_SECONDS = 300
SECONDS = 900
_PACKAGES = {"goref": "github.com/cloudwego/goref/cmd/grf", "viewcore": "golang.org/x/debug/cmd/viewcore"}


@dataclass(frozen=True)
class Peer:
    """A tool that is there: ``path`` is its executable."""

    name: str
    path: Path

    def measure(self, pid: int, executable: Path) -> Cost:
        """Let it look at a process; viewcore at a core that gcore writes first, whose cost does not count.

        Raises:
            RuntimeError: it failed; the last line is what it said.
        """
        with tempfile.TemporaryDirectory(prefix="goxray-peer-") as directory:
            if self.name == "goref":
                return self._run("attach", str(pid), str(executable), "-o", f"{directory}/out")
            gcore = ["gcore", "-o", f"{directory}/core", str(pid)]
            subprocess.run(gcore, capture_output=True, check=False, timeout=SECONDS)
            core = Path(f"{directory}/core.{pid}")
            if not core.exists():
                raise RuntimeError("gcore wrote no core")
            return self._run(str(core), "--exe", str(executable), "histogram", "--top", "10")

    def _run(self, *arguments: str) -> Cost:
        limited = ["timeout", str(SECONDS), str(self.path), *arguments]
        return run(limited)[0]


def available() -> tuple[list[Peer], list[str]]:
    """Return the tools that could be had, and a line on each that could not."""
    found, missing = [], []
    for name, package in _PACKAGES.items():
        try:
            found.append(Peer(name, _installed(package)))
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            missing.append(f"{name} is left out: {last_line(str(error))}")
    return found, missing


def _installed(package: str) -> Path:
    home = toolchains.cache_dir() / "peers"
    out = home / "bin" / package.rsplit("/", 1)[-1]
    if not out.exists():
        _fetch(package, home)
    return out


def _fetch(package: str, home: Path) -> None:
    """Let the go command install a package, with the module proxy that the user's own settings or its defaults name."""
    chain = toolchains.install(BUILT_WITH)
    asked = {**os.environ, "GOROOT": str(chain.root), "GOTOOLCHAIN": "local"}
    said = subprocess.run([str(chain.go), "env", *_PROXY], env=asked, capture_output=True, text=True, check=True)
    proxy = dict(zip(_PROXY, said.stdout.splitlines(), strict=True))
    own = {"GOPATH": str(home / "gopath"), "GOBIN": str(home / "bin"), "GOFLAGS": "-modcacherw", **proxy}
    command = [str(chain.go), "install", f"{package}@latest"]
    done = subprocess.run(
        command, env=chain.environment(extra=own), capture_output=True, text=True, timeout=FETCH_SECONDS, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr or "go install failed")


_PROXY = ("GOPROXY", "GOSUMDB")


def last_line(text: str) -> str:
    """Return the last line of what a command said that is not empty, at most 160 characters."""
    lines: Sequence[str] = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:160] if lines else "it said nothing"
