"""``goxray gc phases``: when a map's memory becomes reusable, and when it leaves RSS."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from goxray.core.errors import UsageError
from goxray.render import FORMATS_OF, write
from goxray.ui.cli.answers import format_of
from goxray.ui.cli.gc_watch import seconds
from goxray.ui.cli.output import on_stderr, opened, options_on, render_options
from goxray.ui.cli.params import language_option, size
from goxray.ui.cli.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from goxray.core.phases_result import Only
    from goxray.render.words import Lang

_ONLY = ("all", "assign", "gc", "release")
_LEAST, _MOST = 1e-4, 1.0
_PARTIAL = 4


@click.command(
    context_settings={"ignore_unknown_options": False, "allow_interspersed_args": False},
    epilog="""\b
Examples:
  goxray gc phases --pid $(pidof service) --map main.cache.byUser
  goxray gc phases --pid 4242 --for 60 -o phases.html     the largest map, for a minute
  goxray gc phases --map main.m -- ./program              run it, and watch main.m from the start
  goxray gc phases --only release -- ./program            with settings that keep the phases apart

\b
Exit status: that of CMD (128 + n for signal n); for --pid 0, 2 wrong usage, 3 failed,
4 no such map was seen.""",
)
@click.option("--pid", metavar="PID", help="Watch this process; it is not stopped.")
@click.option(
    "--map", "which", metavar="OWNER|TYPE|ADDR",
    help="The map: its owner as goxray maps writes it, its type, or its address 0x... [default: the largest]",
)  # fmt: skip
@click.option(
    "--min-bytes", callback=size, default="0", metavar="SIZE", help="Wait until there is a map as large as this."
)
@click.option(
    "--only", type=click.Choice(_ONLY), default="all", show_default=True,
    help="One phase by itself; CMD runs with the settings that isolate it.",
)  # fmt: skip
@click.option(
    "--for", "duration", metavar="TIME", callback=seconds, help="Watch so long. [default: until the story is complete]"
)
@click.option(
    "--interval", metavar="TIME", callback=seconds, default="1ms", show_default=True, help="Look so often, 100us to 1s."
)
@click.option("--exe", metavar="FILE", help="The executable of a process whose file is out of reach.")
@click.option(
    "--format", "fmt", type=click.Choice(FORMATS_OF["phases"]),
    help="How to write the result. [default: by -o's name, else table]",
)  # fmt: skip
@click.option("-o", "--output", metavar="FILE", help="Write to FILE, which appears when it is complete (mode 0600).")
@click.option(
    "--allow-unverified", is_flag=True, help="Read Go versions whose layout nobody has checked; output is stamped."
)
@language_option()
@click.argument("command", nargs=-1, metavar="[-- CMD...]")
def phases(
    pid: str | None,
    which: str | None,
    min_bytes: int,
    only: Only,
    duration: float | None,
    interval: float,
    exe: str | None,
    fmt: str | None,
    output: str | None,
    allow_unverified: bool,
    lang: Lang,
    command: tuple[str, ...],
) -> None:
    """Follow one map's memory: last reference, GC start, mark end, sweep, reuse, scavenge, out of RSS.

    Watches a process (--pid) until the map's memory has left RSS or is reused, or starts CMD and watches it to its end;
    Ctrl-C ends the watch and shows what was seen. CMD keeps its standard streams: without -o the report goes to
    standard error then.
    """
    if (pid is None) == (not command):
        raise UsageError("give --pid PID or -- CMD, one of them", hint="goxray gc phases --help shows both")
    if not _LEAST <= interval <= _MOST:
        raise UsageError(
            f"{interval:g} s is no interval for a watch", hint="100us to 1s; 1ms costs a tenth of a processor"
        )
    fmt = format_of(fmt, output, FORMATS_OF["phases"], "phases")
    beside = output is None and bool(command)  # standard output belongs to the command where there is one
    with on_stderr() if beside else opened(output) as out, _interruptible() as stop:
        from goxray.api_phases import phases as watch

        with Progress() as progress:
            result = watch(
                pid, command=command, which=which, min_bytes=min_bytes, only=only, seconds=duration,
                interval_s=interval, exe=exe, allow_unverified=allow_unverified, progress=progress, stop=stop,
            )  # fmt: skip
        options = options_on(sys.stderr, lang) if beside else render_options(output, lang)
        write(result, fmt, out, options, "phases")
    status = result.exit_code if command else None
    if status is None:
        status = _PARTIAL if result.map is None or result.faults else 0
    click.get_current_context().exit(status)


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    """Take the first Ctrl-C for the wish to see what there is; the second ends goxray as ever."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return
    before = signal.getsignal(signal.SIGINT)

    def wish(_signal: int, _frame: FrameType | None) -> None:
        asked.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, wish)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)
