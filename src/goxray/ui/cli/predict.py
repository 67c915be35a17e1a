"""``goxray predict``: what a Go map will cost."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from goxray.render import FORMATS_OF, write
from goxray.ui.cli.answers import format_of
from goxray.ui.cli.output import opened, render_options
from goxray.ui.cli.params import arch_option, language_option, types_option
from goxray.ui.cli.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from goxray.render.words import Lang


@click.command(
    epilog="""\b
Examples:
  goxray predict 'map[string]*T' -n 5e6
  goxray predict 'map[string]*T' -n 5e6 --hint 5e6 --go 1.23,1.27
  goxray predict 'map[UserID]Session' --types session.go -n 200k
  goxray predict 'map[int64]int64' --churn 'insert 1e6; delete 95%; insert 2e5'
  goxray predict 'map[[16]byte]bool' -n 1e6 --go 1.25,1.25:noswissmap -o report.html

\b
Exit status: 0 done, 2 wrong usage (a type, count, step or version that makes no sense), 3 failed."""
)
@click.argument("type_", metavar="TYPE")
@click.option("-n", "--entries", "n", metavar="N", help="How many entries are inserted: 5e6, 5_000_000, 5M.")
@click.option("--hint", metavar="N", default="0", help="The hint of make(TYPE, N). [default: none]")
@types_option()
@click.option(
    "--go",
    metavar="VERSIONS",
    default="",
    help="Go versions, as 1.23,1.25:noswissmap. [default: every release line that is known]",
)
@arch_option()
@click.option(
    "--churn",
    metavar="STEPS",
    default="",
    help="What happens then: 'insert 1e6; delete 95%; clear; insert 2e5'. A percentage is of the entries present.",
)
@click.option(
    "--seeds",
    type=int,
    metavar="K",
    help="Simulate K lives for what the hash's seed decides. [default: closed forms where there are any]",
)
@click.option(
    "--format",
    "fmt",
    type=click.Choice(FORMATS_OF["predict"]),
    help="How to write the result. [default: by -o's name, else table]",
)
@click.option("-o", "--output", metavar="FILE", help="Write to FILE, which appears when it is complete (mode 0600).")
@language_option()
def predict(
    type_: str,
    n: str | None,
    hint: str,
    files: tuple[str, ...],
    go: str,
    arch: str,
    churn: str,
    seeds: int | None,
    fmt: str | None,
    output: str | None,
    lang: Lang,
) -> None:
    """Say what a map of the Go type TYPE costs, on one Go version beside the other.

    Bytes held now and at the peak of growth, slots, allocations, what the collector has to look through, and how
    the map grows. What every run has is exact; what the hash's seed decides is a median with its 5-95% range.
    """
    fmt = format_of(fmt, output, FORMATS_OF["predict"], "predict")
    with _quick(simulates=bool(churn) or seeds is not None), opened(output) as out:
        from goxray import api_model

        with Progress() as progress:
            result = api_model.predict(
                type_,
                n,
                types=files,
                hint=hint,
                go=split_versions(go),
                arch=arch,
                churn=churn,
                seeds=seeds,
                progress=progress,
            )
        write(result, fmt, out, render_options(output, lang), "predict")


@contextmanager
def _quick(*, simulates: bool) -> Iterator[None]:
    """Look for no cyclic garbage in a run that is over in a fifth of a second: it would take a tenth of that."""
    if simulates or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def split_versions(text: str) -> list[str]:
    """Cut versions apart; an experiment's name behind a comma belongs to the version before it."""
    found: list[str] = []
    for part in filter(None, map(str.strip, text.split(","))):
        if found and ":" in found[-1] and part[0].isalpha() and not part.startswith("go"):
            found[-1] += f",{part}"
        else:
            found.append(part)
    return found
