"""What an experiment needs of the machine, tried for real: a C compiler, the race detector, a command, a file."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from goxray.lab.gocommand import go
from goxray.target.toolchains import Toolchain

_TIMEOUT_S = 180.0
_C_PROGRAM = """package main

// int answer(void) { return 42; }
import "C"

func main() {
	if C.answer() != 42 {
		panic("the C compiler cannot be trusted")
	}
}
"""
_GO_PROGRAM = "package main\n\nfunc main() {}\n"


class Needs:
    """Answers are kept for as long as the run lasts: each thing is tried once with each toolchain."""

    def __init__(self, stopping: Callable[[], bool] = lambda: False) -> None:
        self._known: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()
        self._stopping = stopping

    def missing(self, names: tuple[str, ...], toolchain: Toolchain) -> str:
        """Return why the first missing thing is missing, in one line; empty where all are there.

        ``cc`` is a C compiler that makes a cgo program which runs, ``race`` a race detector that runs, a word that
        begins with ``/`` a file that can be read; any other word is a command on PATH.
        """
        for name in names:
            key = name, str(toolchain.root)
            with self._lock:
                if key not in self._known:
                    self._known[key] = self._try(name, toolchain)
                if self._known[key]:
                    return self._known[key]
        return ""

    def _try(self, name: str, toolchain: Toolchain) -> str:
        if name == "cc":
            return self._program(toolchain, _C_PROGRAM, [], "no C compiler works here")
        if name == "race":
            return self._program(toolchain, _GO_PROGRAM, ["-race"], "the race detector does not work here")
        if name.startswith("/"):
            return "" if os.access(name, os.R_OK) else f"{name} cannot be read here"
        return "" if shutil.which(name) else f"there is no {name} here"

    def _program(self, toolchain: Toolchain, source: str, flags: list[str], failure: str) -> str:
        with tempfile.TemporaryDirectory(prefix="goxray-needs-") as name:
            place = Path(name)
            (place / "main.go").write_text(source, "utf-8")
            (place / "go.mod").write_text("module tried\n\ngo 1.21\n", "utf-8")
            said = go(
                toolchain, ["run", *flags, "."], place,
                env={"CGO_ENABLED": "1"}, timeout_s=_TIMEOUT_S, stopping=self._stopping,
            )  # fmt: skip
        if said.status == 0:
            return ""
        first = next((line for line in said.text.splitlines() if line and not line.startswith("#")), "")
        return f"{failure}: {first}" if first else failure
