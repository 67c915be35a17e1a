"""``goxray gc watch``: the runtime's live counters of a running process."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from goxray.render import FORMATS_OF, write
from goxray.render.words import say
from goxray.ui.cli.answers import format_of
from goxray.ui.cli.output import opened, render_options
from goxray.ui.cli.params import language_option

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from goxray.api_watch import Seen
    from goxray.core.watch_result import WatchResult
    from goxray.render.options import RenderOptions
    from goxray.render.words import Lang

_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "": 1.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(us|ms|s|m|h|)")


def seconds(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """Read a length of time as Go writes it: 100ms, 1.5s, 2m30s; a bare number is seconds."""
    if value is None:
        return None
    parts = _PART.findall(value)
    if not parts or "".join(number + unit for number, unit in parts) != value:
        raise click.BadParameter(f"{value!r} is no length of time; write it as 100ms, 10s or 2m", ctx, param)
    return float(sum(float(number) * _UNITS[unit] for number, unit in parts))


@click.command(
    epilog="""\b
Examples:
  goxray gc watch $(pidof service)                      a live chart until Ctrl-C
  goxray gc watch 4242 --for 10s                        ten seconds, then the report
  goxray gc watch 4242 --interval 1s --for 1h -o watch.parquet
  goxray gc watch 4242 --for 30s -o watch.html
  goxray gc watch 4242 --count 1 --format json | jq .samples.heap_live

\b
Exit status: 0 watched (also when the process ends or Ctrl-C stops it),
2 wrong usage, 3 failed."""
)
@click.argument("pid")
@click.option(
    "--interval", default="100ms", metavar="TIME", show_default=True, callback=seconds, help="Between samples."
)
@click.option("--for", "duration", metavar="TIME", callback=seconds, help="Watch so long. [default: until Ctrl-C]")
@click.option("--count", type=click.IntRange(min=1), metavar="N", help="Take N samples.")
@click.option("--exe", metavar="FILE", help="The executable, where the process's own is out of reach.")
@click.option("--no-smaps", is_flag=True, help="Leave smaps_rollup alone: it holds up mmap in huge processes.")
@click.option(
    "--format",
    "fmt",
    type=click.Choice(FORMATS_OF["watch"]),
    help="How to write the result. [default: by -o's name, else table]",
)
@click.option("-o", "--output", metavar="FILE", help="Write to FILE, which appears when it is complete (mode 0600).")
@click.option(
    "--allow-unverified", is_flag=True, help="Read Go versions whose layout nobody has checked; output is stamped."
)
@language_option()
def watch(
    pid: str,
    interval: float,
    duration: float | None,
    count: int | None,
    exe: str | None,
    no_smaps: bool,
    fmt: str | None,
    output: str | None,
    allow_unverified: bool,
    lang: Lang,
) -> None:
    """Watch the memory counters of a running Go program: heap, goal, cycles, pauses, what was given back, RSS, limits.

    They are the runtime's own, read from the process at an interval. The program needs no preparation, is not stopped
    and never written to.
    """
    fmt = format_of(fmt, output, FORMATS_OF["watch"], "watch")
    with opened(output) as out:
        from goxray import api_watch

        options = render_options(output, lang)
        live = fmt == "table" and output is None and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"

        def record(on_sample: Callable[[Seen], None] | None) -> WatchResult:
            return api_watch.watch(
                pid,
                interval=interval,
                duration=duration,
                count=count,
                exe=exe,
                smaps=not no_smaps,
                allow_unverified=allow_unverified,
                on_sample=on_sample,
            )

        if not live and duration is None and count is None and sys.stderr.isatty():
            click.echo(f"goxray: {say('watch.live.quit', lang)}", err=True)
        with _stopped_by_sigterm():
            result = _shown(record, pid, options) if live else record(None)
        write(result, fmt, out, options, "watch")
    end_watch(result, fmt, output)


@contextmanager
def _stopped_by_sigterm() -> Iterator[None]:
    """Let SIGTERM do what Ctrl-C does: what has been recorded is shown."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _shown(
    record: Callable[[Callable[[Seen], None] | None], WatchResult], pid: str, options: RenderOptions
) -> WatchResult:
    from goxray.ui.cli.gc_watch_live import LiveView

    with LiveView(pid, options) as view:
        return record(view.add)


def end_watch(result: WatchResult, fmt: str, output: str | None) -> None:
    """Say on stderr what a reader of the output itself would miss."""
    if fmt != "table" or output is not None:
        if result.unverified:
            click.echo(f"goxray: UNVERIFIED: nobody has checked the layout of {result.build.go_version}", err=True)
        if result.ended == "process ended":
            click.echo("goxray: process ended", err=True)
