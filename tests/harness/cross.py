"""Programs of other machines, run by qemu's user mode emulation, and the cores that it writes of them.

Such a core is a guest's own: its registers, its memory, its auxiliary vector. It has no list of mapped files
(NT_FILE), no thread-local register on arm64 (NT_ARM_TLS), and none of the executable's read-only code.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import pytest

from tests.harness.programs import Build, build
from tests.harness.truth import TruthProgram

MACHINES = ("arm64", "loong64")
EMULATORS = {"arm64": "qemu-aarch64", "loong64": "qemu-loongarch64"}
END_SECONDS = 45
"""A dying program waits up to ten seconds for its other threads; on a busy machine all takes longer."""

ATTEMPTS = 4
T = TypeVar("T")


class EmulatorFailed(Exception):
    """The emulator came to grief itself: some of its ways to end many threads at once hang or fault."""


def insist(run: Callable[[Path], T], directory: Path) -> T:
    """Run something in a fresh directory under ``directory``, again where the emulator (and nothing else) failed."""
    failures = []
    for attempt in range(ATTEMPTS):
        fresh = directory / f"attempt-{attempt}"
        fresh.mkdir()
        try:
            return run(fresh)
        except EmulatorFailed as failure:
            failures.append(str(failure))
            shutil.rmtree(fresh)
    pytest.fail(f"the emulator failed {ATTEMPTS} times: {'; '.join(failures)}")


def emulator(goarch: str) -> str:
    """Return the emulator's path; a missing one is an error, never a reason to skip a test."""
    found = shutil.which(EMULATORS[goarch])
    if found is None:
        pytest.fail(f"{EMULATORS[goarch]} is missing, which runs linux/{goarch} programs: apt-get install qemu-user")
    return found


class CrossTruthProgram(TruthProgram):
    """The program ``truth`` of another machine (``how.goarch``), emulated."""

    def __init__(self, how: Build, *flags: str, sets: tuple[str, ...] = ("all",)) -> None:
        super().__init__(how, *flags, sets=sets)
        self._command = [emulator(how.goarch), "-E", "GOTRACEBACK=crash", *self._command]

    def crash_here(self, directory: Path) -> Path:
        """End the program, which was started in ``directory``, by a signal, and return its core."""
        quit_by_signal(self._process)
        return guest_core(directory, self.exe)


def quit_by_signal(process: subprocess.Popen[str]) -> None:
    """Send an emulated program SIGQUIT, by which it aborts, and wait until it has.

    A program that sends itself a signal does not hear from its own threads that they are dying too (the emulator
    interrupts the call that should tell them), and waits ten seconds (sighandler in runtime/signal_unix.go).

    Raises:
        EmulatorFailed: it hangs, or ended in another way.
    """
    process.send_signal(signal.SIGQUIT)
    ended(process)


def ended(process: subprocess.Popen[str]) -> None:
    """Wait until an emulated program has aborted.

    Raises:
        EmulatorFailed: it hangs, or ended in another way.
    """
    try:
        status = process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        raise EmulatorFailed(f"no end within {END_SECONDS} s") from None
    if status != -signal.SIGABRT:
        raise EmulatorFailed(f"status {status}")


def guest_core(directory: Path, exe: Path) -> Path:
    """Return the core that the emulator wrote of the program in that directory.

    A core of the emulator itself, which the kernel may write beside it, is removed.
    """
    wanted = re.compile(rf"qemu_{re.escape(exe.name)}_\d+-\d+_\d+\.core")
    found = [path for path in directory.iterdir() if wanted.fullmatch(path.name)]
    for path in directory.glob("core*"):
        path.unlink()
    if len(found) != 1:
        if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0:
            pytest.fail("no core can be written here: ulimit -c is 0")
        raise EmulatorFailed(f"it wrote {len(found)} cores of {exe.name}")
    return found[0]


@dataclass(frozen=True)
class Dead:
    """A program that a signal ended: its core, its executable, and what it and the runtime printed."""

    core: Path
    exe: Path
    said: str
    traceback: str


def dead(
    how: Build, name: str, *arguments: str, directory: Path, kill: bool = False, after: float = 0, godebug: str = ""
) -> Dead:
    """Run a program of tests/programs until it has said a line, wait for its end by a signal, return its core.

    With ``kill`` the signal is SIGQUIT, ``after`` so many seconds. Without ``how.goarch`` the program runs on this
    machine, and the kernel writes the core.
    """
    exe = build(name, how)
    command = [*([emulator(how.goarch)] if how.goarch else []), str(exe), *arguments]
    with (directory / "traceback").open("w") as traceback:
        process = subprocess.Popen(
            command, cwd=directory, env={**os.environ, "GOTRACEBACK": "crash", "GODEBUG": godebug},
            preexec_fn=_allow_cores, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=traceback, text=True,
        )  # fmt: skip
    with process:  # its input stays open, so that it ends by nothing but the signal
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            if kill:
                time.sleep(after)
                process.send_signal(signal.SIGQUIT)
            ended(process)
        finally:
            process.kill()
    core = guest_core(directory, exe) if how.goarch else _kernel_core(directory)
    return Dead(core, exe, said, (directory / "traceback").read_text())


def stripped(how: Build) -> Build:
    """Return the same build without symbols and debug information."""
    return replace(how, ldflags="-s -w")


def _kernel_core(directory: Path) -> Path:
    found = [path for path in directory.iterdir() if path.name != "traceback"]
    if len(found) != 1:
        pytest.fail(f"the kernel left {sorted(map(str, found))} instead of a core; is ulimit -c 0?")
    return found[0]


def _allow_cores() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))


@dataclass(frozen=True)
class PrintedFrame:
    """A frame as a traceback shows it: addresses of the stack, and the program counter."""

    sp: int
    fp: int
    pc: int


_HEAD = re.compile(r"^goroutine (\d+) .*\[.*\]:$")
_PLACE = re.compile(r"^\t.* fp=0x([0-9a-f]+) sp=0x([0-9a-f]+) pc=0x([0-9a-f]+)$")


def printed_stacks(text: str) -> dict[int, list[PrintedFrame]]:
    """Return the frames of every goroutine whose stack the runtime printed, by id; of several prints the last.

    Left out are the system stacks (goroutine 0) and inlined functions, which have no frame of their own.
    """
    found: dict[int, list[PrintedFrame]] = {}
    frames: list[PrintedFrame] | None = None
    for line in text.splitlines():
        head, place = _HEAD.match(line), _PLACE.match(line)
        if head:
            frames = []
            if int(head[1]):
                found[int(head[1])] = frames
        elif place and frames is not None:
            fp, sp, pc = (int(number, 16) for number in place.groups())
            frames.append(PrintedFrame(sp, fp, pc))
        elif not line:
            frames = None
    return {goid: frames for goid, frames in found.items() if frames}
