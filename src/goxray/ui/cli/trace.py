"""``goxray trace``: what maps, collector and scavenger of a program do, as it happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from goxray.core.errors import UsageError
from goxray.render import FORMATS_OF, write
from goxray.ui.cli.answers import format_of
from goxray.ui.cli.output import on_stderr, opened, options_on, render_options
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
  goxray trace -- ./service -addr :8080         from its first instruction to its end
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
Probes stand in the program's file: other processes that run the same file stop at them for a
moment too. They are gone when goxray ends, also when it is killed. An event costs the program a
few microseconds.

\b
Exit status: 0 done (with -- CMD: that of the command, 128 + n where signal n ended it; 127 no
such command, 126 it cannot be run), 2 wrong usage, 3 failed, 4 events were lost, or came too
often and lost their probe.""",
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
    streams, and signals reach it. Its report comes on standard error, so that a pipe gets the command's output alone;
    formats other than the table go to -o's file, or to standard output behind what the command wrote there.
    """
    pid, command = _split(target)
    fmt = format_of(fmt, output, FORMATS_OF["trace"], "trace")
    beside = bool(command) and fmt == "table" and output is None
    with on_stderr() if beside else opened(output) as out, _asking() as ask:
        from goxray.api_trace import trace as record

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
            ready=lambda: _say_ready(pid),
            started=ask.started,
        )
        write(result, fmt, out, options_on(sys.stderr, lang) if beside else render_options(output, lang), "trace")
        out.flush()
        status = _status(result, ask)
    click.get_current_context().exit(status)


def _say_ready(pid: str | None) -> None:
    """Tell someone who waits in front of a terminal what there is to wait for; a command has the terminal to itself."""
    if pid is not None and sys.stderr.isatty():
        click.echo(f"goxray: recording process {pid}; Ctrl-C ends it", err=True)


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
    interrupted: bool = False
    child: subprocess.Popen[bytes] | None = None

    def started(self, child: subprocess.Popen[bytes]) -> None:
        """Remember the command."""
        self.child = child

    def ended(self) -> bool:
        """Whether recording shall end now."""
        return self.asked

    def interrupt(self, number: int, _frame: FrameType | None) -> None:
        """Ctrl-C: a command has it from the terminal, and ends or not; the second one ends recording in any case."""
        if self.child is None or self.interrupted:
            self.asked = True
        elif not _in_foreground():
            self.child.send_signal(number)
        self.interrupted = True

    def terminate(self, number: int, _frame: FrameType | None) -> None:
        """SIGTERM: hand it to a command; without one recording ends."""
        if self.child is not None:
            self.child.send_signal(number)
        else:
            self.asked = True


def _in_foreground() -> bool:
    """Whether a terminal sends its Ctrl-C to this process and to what it has started."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)


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
