"""What ``goxray binary`` says of executables. Plain data only."""

from __future__ import annotations

from dataclasses import dataclass

from goxray.core.audit_result import BinaryFacts

BINARY_SCHEMA_ID = "goxray.binary/1"


@dataclass(frozen=True)
class SetText:
    """A text that ``-ldflags -X`` gave to a variable; a secret stands here masked, never whole."""

    variable: str
    text: str
    secret: bool = False


@dataclass(frozen=True)
class BinaryAnswer:
    """One executable: its facts, the packages whose functions are linked (sorted), the texts set by ``-X``."""

    facts: BinaryFacts
    packages: tuple[str, ...] = ()
    strings: tuple[SetText, ...] = ()


@dataclass(frozen=True)
class BinaryFailure:
    """A file that could not be read, and why, in one line."""

    path: str
    error: str


@dataclass(frozen=True)
class BinaryReport:
    """The executables asked for, in order, and those that could not be read.

    ``limit`` is how many modules a report for people lists; 0: all.
    """

    binaries: tuple[BinaryAnswer, ...]
    failures: tuple[BinaryFailure, ...] = ()
    limit: int = 0
