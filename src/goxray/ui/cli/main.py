"""``goxray``: the group of all commands, and the one place where a run ends."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import click

from goxray import __version__
from goxray.ui.cli.endings import ReaderGone, ending
from goxray.ui.cli.lazy import LazyCommands

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

# Name -> where the command is and its line in ``goxray --help``, which so need not load it.
COMMANDS = {
    "maps": ("goxray.ui.cli.maps:maps", "Every map of a running Go program or core dump, the most wasteful first."),
    "heap": ("goxray.ui.cli.heap:heap", "Who holds the whole heap, what looks like a leak, and where RSS goes."),
    "why": ("goxray.ui.cli.why:why", "What keeps an object or a type alive, and which cut would free it."),
    "snapshot": ("goxray.ui.cli.snapshot:snapshot", "Keep what a look found in a file, for every other command."),
    "diff": ("goxray.ui.cli.diff:diff", "What grew, shrank, came and went between two snapshots or targets."),
    "query": ("goxray.ui.cli.query:query", "SQL over the tables of a snapshot."),
    "advise": ("goxray.ui.cli.advise:advise", "What to change, where, how many bytes it gains, and when it is wrong."),
    "predict": ("goxray.ui.cli.predict:predict", "What a map will cost at n entries, on each Go version."),
    "layout": ("goxray.ui.cli.layout:layout", "How a Go type lies in memory, its waste, and the better field order."),
    "model": ("goxray.ui.cli.model:model", "Run Go's allocator and collector as a model: model gc SCENARIO."),
    "gc": ("goxray.ui.cli.gc:gc", "What the collector does: from a log, a run, a live process; gc phases: one map's."),
    "trace": ("goxray.ui.cli.trace:trace", "Map growth, splits and collections as they happen, by uprobes (root)."),
    "profile": (
        "goxray.ui.cli.profile:profile",
        "Read a pprof profile: totals, top functions, what of it is maps.",
    ),
    "timeline": ("goxray.ui.cli.timeline:timeline", "Logs, traces, dumps and profiles of a process on one time axis."),
    "lab": ("goxray.ui.cli.lab:lab", "Published claims on Go, put to the test on real toolchains."),
    "audit": (
        "goxray.ui.cli.audit:audit",
        "Source and binaries against the rules of regulated systems; audit rules lists them.",
    ),
    "sbom": ("goxray.ui.cli.sbom:sbom", "A bill of materials as CycloneDX: modules, Go, cryptography."),
    "binary": (
        "goxray.ui.cli.binary:binary",
        "What a Go binary is: versions, flags, linking, hardening, crypto, and where it runs.",
    ),
    "vault": (
        "goxray.ui.cli.vault:vault",
        "Evidence masked, sealed, logged, kept for its time and destroyed (SM2, SM3, SM4).",
    ),
    "mask": ("goxray.ui.cli.mask:mask", "A log or a file with its personal data masked, as a stream."),
    "doctor": ("goxray.ui.cli.doctor:doctor", "What this machine lets goxray do, and how to mend what is missing."),
    "completion": ("goxray.ui.cli.completion:completion", "Print the shell's completion script."),
}

_SIGTERM_STATUS = 128 + signal.SIGTERM


class LazyGroup(LazyCommands):
    """Commands are imported when they are called; errors end as one line on stderr and an exit status."""

    commands_of = COMMANDS

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; click would end a broken pipe with the status of a finding, 1."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise ReaderGone from error

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command line; end the process with its status unless ``standalone_mode`` is false."""
        names = {"prog_name": prog_name or "goxray", "complete_var": complete_var}
        if not standalone_mode:
            return super().main(args, standalone_mode=False, **names, **extra)
        _fill_closed_streams()
        try:
            with _terminable():
                status = super().main(args, standalone_mode=False, **names, **extra)
                sys.stdout.flush()
        except Exception as error:
            status = ending(error)
        sys.exit(status if isinstance(status, int) else 0)


def _fill_closed_streams() -> None:
    """Put something in the place of standard streams that the caller closed.

    Else the next file that is opened would get that number, and what is printed would be written into it. Writing to
    a standard output that was closed fails, messages to a closed standard error are lost, and there is no input.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is not None:
            continue
        with suppress(OSError):
            os.fstat(number)
            continue  # open, though of no use to Python: nobody else gets its number
        held = os.open(os.devnull, os.O_WRONLY if name == "stderr" else os.O_RDONLY)
        if held != number:
            os.dup2(held, number)
            os.close(held)
        os.set_inheritable(number, True)  # what is started from here has the same trouble
        if name != "stdin":
            raw = io.FileIO(number, "w", closefd=False)
            setattr(sys, name, io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8"))


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM end the run like any other exit: the target is let go and half-written files are removed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(_SIGTERM_STATUS)


@click.group(
    name="goxray",
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Examples:
  goxray maps $(pidof service)            which maps hold the memory of a running service
  goxray heap $(pidof service)            who holds all of it, and what looks like a leak
  goxray why 4242 '*main.Session'         what keeps these objects alive
  goxray heap core.4242 --exe ./service   the same for a core dump
  goxray heap 4242 -o report.html         a page to keep or to send
  goxray gc watch 4242                    its heap, goal, pauses and RSS as they change
  goxray doctor                           what this machine lets goxray do

\b
Exit status: 0 done, 1 something was found (--verify, doctor), 2 wrong usage, 3 failed,
4 partial result. GOXRAY_DEBUG=1 shows the traceback of an unexpected error.""",
)
@click.version_option(__version__, prog_name="goxray", message="%(prog)s %(version)s")
def main() -> None:
    """X-ray a Go program: what holds its memory, how full its maps are, and what keeps all that alive.

    The program needs no preparation, is not restarted, and is never left stopped.
    """
