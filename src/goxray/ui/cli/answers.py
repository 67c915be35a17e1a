"""What commands that look at a whole heap have in common: the format by the file's name, and how a run ends."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from goxray.core.errors import UsageError
from goxray.render import NOT_FOR_TERMINALS
from goxray.render.safe import printable

if TYPE_CHECKING:
    from goxray.render.story import Reported

STATUS_PARTIAL = 4

_SUFFIXES = {
    ".json": "json",
    ".csv": "csv",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".html": "html",
    ".htm": "html",
    ".md": "md",
    ".pprof": "pprof",
    ".pb.gz": "pprof",
    ".trace.json": "perfetto",
}
_ENDINGS = {"pprof": "pb.gz", "perfetto": "trace.json"}


def format_of(fmt: str | None, output: str | None, formats: tuple[str, ...], name: str) -> str:
    """Return the format to write: the one asked for, else the one that the file's name tells, else the table.

    Args:
        fmt: what ``--format`` says, None where it says nothing.
        output: what ``-o`` says.
        formats: the formats that the command has.
        name: the command's name, for the advice.

    Raises:
        UsageError: the format would only fill a terminal with noise.
    """
    if fmt is None:
        told = next((_SUFFIXES[end] for end in _endings(output) if end in _SUFFIXES), "table")
        fmt = told if told in formats else "table"
    if fmt in NOT_FOR_TERMINALS and output is None and sys.stdout.isatty():
        raise UsageError(f"{fmt} is not for terminals", hint=f"write it to a file: -o {name}.{_ENDINGS.get(fmt, fmt)}")
    return fmt


def _endings(output: str | None) -> list[str]:
    """Return the file name's last two endings together, then its last alone."""
    suffixes = [suffix.lower() for suffix in Path(output).suffixes] if output else []
    return ["".join(suffixes[-2:]), suffixes[-1]] if suffixes else []


def end(result: Reported, fmt: str, output: str | None) -> None:
    """Say on stderr what a reader of the output itself would miss, and leave with the run's status."""
    if fmt != "table" or output is not None:
        if result.unverified:
            click.echo(f"goxray: UNVERIFIED: nobody has checked the layout of {result.build.go_version}", err=True)
        if result.faults:
            first = result.faults[0]
            many = f" and {len(result.faults) - 1:,} more" if len(result.faults) > 1 else ""
            click.echo(f"goxray: fault at {first.addr:#x}: {printable(first.what)}{many}", err=True)
    click.get_current_context().exit(STATUS_PARTIAL if result.faults else 0)
