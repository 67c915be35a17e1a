"""Executables for the interfaces: what a Go binary is, from its file alone."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from goxray.audit.binaries.crypto import packages
from goxray.audit.binaries.read import read_binary
from goxray.audit.facts import BinaryUnit
from goxray.audit.secrets import is_secret, masked
from goxray.core.binary_result import BinaryAnswer, BinaryFailure, BinaryReport, SetText
from goxray.core.errors import GoxrayError, NoSuchProcess, PermissionRefused

__all__ = ["binaries", "binary", "unit_of"]


def binary(target: str | Path | int) -> BinaryAnswer:
    """Say what a Go executable is: versions, modules, flags, linking, hardening, linked cryptography, platforms.

    Args:
        target: An ELF, PE or Mach-O file, or the pid of a running program (an int, or digits that name no file).

    Raises:
        NotAGoProgram: It is no executable, or not one of Go.
        BadBinary: It is damaged.
        TargetError: It cannot be opened or read; there is no such process.
    """
    unit = unit_of(target)
    found = tuple(
        SetText(name, masked(text) if is_secret(name, text) else text, is_secret(name, text))
        for name, text in sorted(unit.strings.items())
    )
    return BinaryAnswer(unit.facts, tuple(sorted(packages(unit.functions))), found)


def binaries(targets: Sequence[str | Path | int], *, limit: int = 0) -> BinaryReport:
    """Say what several executables are; one that cannot be read is told among the failures, and the rest goes on."""
    answers, failures = [], []
    for target in targets:
        try:
            answers.append(binary(target))
        except GoxrayError as error:
            failures.append(BinaryFailure(str(target), str(error)))
    return BinaryReport(tuple(answers), tuple(failures), limit)


def unit_of(target: str | Path | int) -> BinaryUnit:
    """Read an executable, or that of a running program, as rules see it. Secrets are in its ``strings``."""
    text = str(target)
    if isinstance(target, int) or (text.isdecimal() and text.isascii() and not os.path.lexists(text)):
        return _of_process(int(text))
    return read_binary(Path(target), text)


def _of_process(pid: int) -> BinaryUnit:
    """The link opens the file that runs, also where its name is gone or belongs to another file now."""
    link = Path(f"/proc/{pid}/exe")
    try:
        shown = os.readlink(link)
    except FileNotFoundError:
        raise NoSuchProcess(f"there is no process {pid}", hint="name a file or a running program's pid") from None
    except PermissionError:
        raise PermissionRefused(
            f"no permission to read the executable of process {pid}", hint="run as its owner or as root"
        ) from None
    return read_binary(link, shown)
