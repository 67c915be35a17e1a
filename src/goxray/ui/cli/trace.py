"""``goxray trace``: what maps, collector and scavenger of a program do, as it happens."""

from __future__ import annotations

import signal
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from goxray.core.errors import UsageError
from goxray.render import FORMATS_OF, write
from goxray.ui.cli.answers import format_of
from goxray.ui.cli.output import opened, render_options
from goxray.ui.cli.params import language_option

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from goxray.core.trace_result import TraceResult
    from goxray.render.words import Lang

_EVENTS = "map,gc,sweep,scavenge"
_COUNT = 1_000_000
_RATE = 200_000
_STATUS_PARTIAL = 4


@click.command(
    epilog="""\b
Examples:
  goxray trace $(pidof service) --for 10        what happens in ten seconds
  goxray trace 4242 --events map --owners       which maps grow, and what holds them
  goxray trace -- ./service -addr :8080         from its first instruction on, until it ends or Ctrl-C
  goxray trace -o run.trace.json -- ./service   the same, to look at in Perfetto

\b
Events (--events takes them separated by commas):
  map       growth of maps; of Swiss maps also growth and splits of their tables
  gc        start of a collection, end of its marking
  sweep     nothing is left to be swept
  scavenge  memory given back to the system, with address and bytes
  clear     clear(m), or a loop that deletes every key
  evacuate  each bucket moved after a growth (classic maps; many)

\b
Probes stand in the program's file: other processes that run the same file stop at them for a moment too. They
are gone when goxray ends, also when it is killed. An event costs the program a few microseconds.

\b
Exit status: 0 done (with -- CMD: that of the command), 2 wrong usage, 3 failed, 4 events were lost or a probe
came too often and was taken away.""",
)
@click.argument("target", nargs=-1, type=click.UNPROCESSED, metavar="PID | -- CMD [ARGS]")
@click.option("--events", "groups", default=_EVENTS, show_default=True, metavar="LIST", help="What to record.")
@click.option(
    "--for", "seconds", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS", help="End after so long."
)
@click.option(
    "--count",
    type=click.IntRange(min=0),
    default=_COUNT,
    show_default=True,
    metavar="N",
    help="End after N events; 0: no limit.",
)
@click.option(
    "--max-rate",
    "rate",
    type=click.FloatRange(min=0),
    default=_RATE,
    show_default=True,
    metavar="N",
    help="An event that comes more than N times a second loses its probe; 0: no limit.",
)
@click.option("--owners", is_flag=True, help="Look at the end what holds the maps (stops the process for that moment).")
@click.option(
    "--format",
    "fmt",
    type=click.Choice(FORMATS_OF["trace"]),
    help="How to write the result. [default: by -o's name, else table]",
)
@click.option("-o", "--output", metavar="FILE", help="Write to FILE, which appears when it is complete (mode 0600).")
@click.option(
    "--allow-unverified", is_flag=True, help="Trace Go versions whose runtime nobody has checked; output is stamped."
)
@language_option()
def trace(
    target: tuple[str, ...],
    groups: str,
    seconds: float | None,
    count: int,
    rate: float,
    owners: bool,
    fmt: str | None,
    output: str | None,
    allow_unverified: bool,
    lang: Lang,
) -> None:
    """Record what a running Go program's maps, collector and scavenger do, by uprobes in its runtime. Needs root.

    PID is a running process; after -- a command, which is started with the probes set. A command keeps its standard
    streams; the report comes behind what it prints, or goes to -o's file.
    """
    pid, command = _split(target)
    fmt = format_of(fmt, output, FORMATS_OF["trace"], "trace")
    with opened(output) as out:
        from goxray.api_trace import trace as record

        with _asking() as ask:
            result = record(
                pid,
                command=command,
                events=[name.strip() for name in groups.split(",") if name.strip()],
                seconds=seconds,
                count=count or None,
                rate=rate or None,
                owners=owners,
                allow_unverified=allow_unverified,
                interrupted=ask.ended,
                started=ask.started,
            )
        write(result, fmt, out, render_options(output, lang), "trace")
    click.get_current_context().exit(_status(result, ask))


def _split(target: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """Tell a pid from a command: click has taken the ``--`` away, so that one number alone is a pid."""
    if not target:
        raise UsageError("nothing to trace", hint="goxray trace PID, or goxray trace -- CMD ARGS")
    if len(target) == 1 and target[0].isdigit():
        return target[0], ()
    return None, target


def _status(result: TraceResult, ask: _Asking) -> int:
    """The command's own status, which is waited for; else whether all events were received."""
    if ask.child is not None:
        code = result.exit_code if result.exit_code is not None else ask.child.wait()
        return 128 - code if code < 0 else code
    cut = any(probe.stopped_at_s is not None for probe in result.probes)
    return _STATUS_PARTIAL if result.lost or cut else 0


@dataclass
class _Asking:
    """What the user has asked for by signals, and the command that was started."""

    asked: bool = False
    child: subprocess.Popen[bytes] | None = None

    def started(self, child: subprocess.Popen[bytes]) -> None:
        """Remember the command."""
        self.child = child

    def ended(self) -> bool:
        """Whether recording shall end now."""
        return self.asked

    def interrupt(self, _signal: int, _frame: FrameType | None) -> None:
        """Ctrl-C: the terminal has told a command too, which ends or not; without one recording ends."""
        self.asked = self.child is None or self.asked

    def terminate(self, number: int, _frame: FrameType | None) -> None:
        """SIGTERM: hand it to a command; without one recording ends."""
        if self.child is not None:
            self.child.send_signal(number)
        else:
            self.asked = True


@contextmanager
def _asking() -> Iterator[_Asking]:
    """Take Ctrl-C and SIGTERM as the wish for an end, with a report, while recording goes on."""
    ask = _Asking()
    if threading.current_thread() is not threading.main_thread():
        yield ask
        return
    before = signal.signal(signal.SIGINT, ask.interrupt), signal.signal(signal.SIGTERM, ask.terminate)
    try:
        yield ask
    finally:
        signal.signal(signal.SIGINT, before[0])
        signal.signal(signal.SIGTERM, before[1])
