"""``goxray snapshot``: a look at a running Go program or core dump, kept in a file."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from goxray.core.errors import UsageError
from goxray.core.units import format_bytes
from goxray.render.safe import printable
from goxray.render.words import say
from goxray.ui.cli.output import elsewhere, opened
from goxray.ui.cli.params import language_option
from goxray.ui.cli.progress import Progress

if TYPE_CHECKING:
    from goxray.render.words import Lang
    from goxray.store.manifest import Manifest

_STATUS_PARTIAL = 4
_STDOUT = "-"


@click.command(
    epilog="""\b
Examples:
  goxray snapshot $(pidof service) -o monday.gox
  goxray snapshot core.4242 --exe ./service -o crash.gox
  goxray diff monday.gox $(pidof service)
  goxray query monday.gox --tables
  goxray snapshot $(pidof service) --seal ~/vault

\b
Exit status: 0 all was read, 2 wrong usage, 3 failed,
4 something could not be read (it is listed in the file under faults)."""
)
@click.argument("target")
@click.option("-o", "--output", metavar="FILE", help="The file to write, by custom FILE.gox (mode 0600).")
@click.option("--exe", metavar="FILE", help="The executable of a core dump or of a process whose file is out of reach.")
@click.option("--no-freeze", is_flag=True, help="Do not stop the process: figures may not belong together (racy).")
@click.option(
    "--allow-unverified", is_flag=True, help="Read Go versions whose layout nobody has checked; output is stamped."
)
@language_option()
def snapshot(
    target: str, output: str | None, exe: str | None, no_freeze: bool, allow_unverified: bool, lang: Lang
) -> None:
    """Write what a look at TARGET, a pid or a core dump, finds to a file.

    The file holds figures, types, owners and the graph of objects, as Parquet tables in a zip file, but no contents of
    memory: no strings, no keys. Every command takes it where it takes a target.
    """
    if output is None:
        raise click.UsageError("a snapshot needs a place: -o FILE.gox, or --seal VAULT")
    if output == _STDOUT and sys.stdout.isatty():
        raise UsageError("a snapshot is not for terminals", hint="write it to a file: -o service.gox")
    with opened(output) as out:
        from goxray import api

        with Progress() as progress:
            manifest = api.snapshot(
                target,
                out,
                exe=exe,
                freeze=not no_freeze,
                allow_unverified=allow_unverified,
                progress=progress,
            )
    _tell(manifest, output, lang)
    click.get_current_context().exit(_STATUS_PARTIAL if manifest.faults else 0)


def _tell(manifest: Manifest, output: str, lang: Lang) -> None:
    """Say on stderr what was written: standard output may be the file."""
    if manifest.unverified:
        click.echo(f"goxray: UNVERIFIED: nobody has checked the layout of {manifest.build.go_version}", err=True)
    told = say(
        "s.written",
        lang,
        objects=manifest.heap.live_objects,
        bytes=format_bytes(manifest.heap.live_bytes),
        maps=manifest.maps.maps,
        entries=manifest.maps.entries,
        how=say(f"head.{manifest.consistency}", lang, ms=f"{manifest.freeze_ms:.1f}"),
    )
    colon, comma = (": ", ", ") if lang == "en" else ("：", "，")
    if output != _STDOUT and not elsewhere() and os.path.isfile(output):
        told = f"{printable(output)}{colon}{format_bytes(os.path.getsize(output))}{comma}{told}"
    click.echo(told, err=True)
    if manifest.faults:
        first = manifest.faults[0]
        many = f" and {len(manifest.faults) - 1:,} more" if len(manifest.faults) > 1 else ""
        click.echo(f"goxray: fault at {first.addr:#x}: {printable(first.what)}{many}", err=True)
