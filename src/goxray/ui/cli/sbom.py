"""``goxray sbom``: what a program is made of, as a bill of materials."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from goxray.render import FORMATS_OF, write
from goxray.ui.cli.output import opened, render_options
from goxray.ui.cli.params import language_option

if TYPE_CHECKING:
    from goxray.render.words import Lang


@click.command(
    epilog="""\b
Examples:
  goxray sbom . -o service.cdx.json
  goxray sbom ./service -o service.cdx.json
  goxray sbom $(pidof service) | jq -r '.components[].purl'
  goxray sbom ./service | jq -r '.components[] | select(.cryptoProperties) | .name'
  SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) goxray sbom .

\b
Exit status: 0 done, 2 wrong usage (no such file, no go.mod), 3 failed (no Go program,
a go.mod that is not understood, out of reach)."""
)
@click.argument("target", metavar="PATH|BINARY|PID")
@click.option(
    "--format",
    "fmt",
    type=click.Choice(FORMATS_OF["sbom"]),
    default="cyclonedx",
    show_default=True,
    help="CycloneDX 1.6 as JSON, or goxray's own schema.",
)
@click.option("-o", "--output", metavar="FILE", help="Write to FILE, which appears when it is complete (mode 0600).")
@language_option()
def sbom(target: str, fmt: str, output: str | None, lang: Lang) -> None:
    """Write what a module, a workspace, a Go binary or a running program is made of, as CycloneDX.

    Modules with versions, hashes and licences as far as the module cache tells, who requires whom, the Go release, and
    the cryptography that is there. Nothing is run or fetched. The same input gives the same bytes: the serial number
    is made of the content, and a time is in it only where SOURCE_DATE_EPOCH says one.
    """
    with opened(output) as out:
        from goxray import api_sbom

        bill = api_sbom.sbom(target, epoch=os.environ.get("SOURCE_DATE_EPOCH"))
        write(bill, fmt, out, render_options(output, lang), "sbom")
