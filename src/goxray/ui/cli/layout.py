"""``goxray layout``: how Go types lie in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from goxray.render import FORMATS_OF, write
from goxray.ui.cli.answers import format_of
from goxray.ui.cli.output import opened, render_options
from goxray.ui.cli.params import arch_option, language_option, types_option

if TYPE_CHECKING:
    from goxray.render.words import Lang


@click.command(
    epilog="""\b
Examples:
  goxray layout 'struct{ ok bool; id int64; n int32 }'
  goxray layout Session --types session.go
  goxray layout --types session.go
  goxray layout 'map[string]Session' --types session.go --go 1.23,1.27
  goxray layout 'map[[16]byte]time.Time' --format json | jq '.types[].unit'

\b
Exit status: 0 done, 2 wrong usage (a type that is no Go, or is not declared), 3 failed."""
)
@click.argument("types", nargs=-1, metavar="[TYPE]...")
@types_option()
@click.option(
    "--go",
    metavar="VERSIONS",
    default="",
    help="Go versions, as 1.23,1.25:noswissmap. [default: every one for maps, the newest for all else]",
)
@arch_option()
@click.option(
    "--format",
    "fmt",
    type=click.Choice(FORMATS_OF["layout"]),
    help="How to write the result. [default: by -o's name, else table]",
)
@click.option("-o", "--output", metavar="FILE", help="Write to FILE, which appears when it is complete (mode 0600).")
@language_option()
def layout(
    types: tuple[str, ...],
    files: tuple[str, ...],
    go: str,
    arch: str,
    fmt: str | None,
    output: str | None,
    lang: Lang,
) -> None:
    """Say how values of a Go TYPE lie in memory: offsets, padding, size class, what the collector scans.

    For a struct also the order of its fields that takes least, for a map how its buckets or groups are laid out by each
    Go version. Without TYPE, all types that the files declare.
    """
    fmt = format_of(fmt, output, FORMATS_OF["layout"], "layout")
    with opened(output) as out:
        from goxray import api_model

        builds = [name.strip() for name in _split(go)]
        result = api_model.layout(types, files=files, go=builds, arch=arch)
        write(result, fmt, out, render_options(output, lang), "layout")


def _split(text: str) -> list[str]:
    """Cut versions apart; an experiment's name behind a comma belongs to the version before it."""
    found: list[str] = []
    for part in text.split(","):
        if found and ":" in found[-1] and part.strip()[:1].isalpha() and not part.strip().startswith("go"):
            found[-1] += f",{part.strip()}"
        elif part.strip():
            found.append(part.strip())
    return found
