"""The Go program ``rss`` (tests/programs/rss): brought into known states, and looked at from outside."""

from __future__ import annotations

import ctypes
import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from goxray.goruntime.accounts import Account, read_account
from goxray.goruntime.heapstats import runtime_live_objects, runtime_marked_bytes
from goxray.goruntime.runtime import Runtime
from goxray.heap.graph import Objects
from goxray.heap.rss import RssRow, SpanCensus, rss_table
from goxray.target.open import open_target
from goxray.target.residency import Residency, take_residency
from tests.harness import programs

LARGE, TOUCHED, MAPPED = 64 << 20, 5 << 20, 32 << 20
GOROUTINES, STACK = 300, 128 << 10
"""What the program allocates: as in its source; a stack of 100,000 bytes takes 128 KiB (runtime/stack.go)."""

_PR_SET_THP_DISABLE = 41
_TRIES = 20


@dataclass
class Look:
    """One look at the frozen program, with what it said itself right before and right after."""

    stats: dict[str, int]
    runtime: Runtime
    account: Account
    residency: Residency
    census: SpanCensus
    live_bytes: int | None
    live_objects: int | None
    marked_bytes: int | None
    smaps: list[tuple[str, int, int]] = field(default_factory=list)

    def rows(self) -> dict[str, RssRow]:
        """Return the account of RSS by category."""
        return {row.category: row for row in rss_table(self.runtime, self.account, self.residency, self.census)}


class RssProgram:
    """The program running; ``stats`` are the figures that it printed last."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.pid = process.pid
        self.stats = self._answer()

    def _answer(self) -> dict[str, int]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the program ended"
        found: dict[str, int] = json.loads(line)
        return found

    def do(self, commands: str) -> dict[str, int]:
        """Obey commands, one letter each, and return the figures after the last."""
        assert self.process.stdin is not None
        for letter in commands:
            self.process.stdin.write(letter.encode())
            self.process.stdin.flush()
            self.stats = self._answer()
        return self.stats

    @contextmanager
    def look(self) -> Iterator[Look]:
        """Look at the frozen program at a moment at which its figures stand still.

        The runtime works in the background (it returns pages, sweeps, starts threads): where the program says something
        else after the look than before it, the look is taken again.
        """
        for _ in range(_TRIES):
            before = self.do("?")
            with open_target(str(self.pid)) as target:
                look = _look(Runtime(target), self.pid, before)
                after = self.do("?")
                told = {"told", "NumGC"}
                if {k: v for k, v in before.items() if k not in told} == {
                    k: v for k, v in after.items() if k not in told
                }:
                    yield look
                    return
        raise AssertionError(f"the program's figures never stood still: {before} {after}")


def _look(runtime: Runtime, pid: int, stats: dict[str, int]) -> Look:
    with runtime.target.freeze():
        runtime.refresh()
        account = read_account(runtime)
        residency = take_residency(pid)
        smaps = plain_smaps(pid)
        return Look(
            stats,
            runtime,
            account,
            residency,
            everything_reachable(runtime),
            runtime.live_bytes(),
            runtime_live_objects(runtime),
            runtime_marked_bytes(runtime),
            smaps,
        )


def everything_reachable(runtime: Runtime) -> SpanCensus:
    """Take every allocated slot for a reachable object."""
    spans = runtime.spans
    taken = spans.allocated(np.arange(len(spans)), runtime.memory)
    first = np.concatenate(([0], np.cumsum(taken.sum(axis=1)))).astype(np.int64)
    slot = np.nonzero(taken)[1].astype(np.uint16)
    objects = Objects(first, slot, spans.start, spans.elem_size, (spans.span_class & 1) == 1)
    return SpanCensus.of(objects, np.ones(len(slot), np.bool_), np.zeros(len(spans), np.int64))


def plain_smaps(pid: int) -> list[tuple[str, int, int]]:
    """Return (name, size, Rss in bytes) of every mapping, read line by line."""
    found: list[tuple[str, int, int]] = []
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        head = re.match(r"([0-9a-f]+)-([0-9a-f]+) \S+ \S+ \S+ \S+\s*(.*)", line)
        if head:
            found.append((head[3], int(head[2], 16) - int(head[1], 16), 0))
        elif line.startswith("Rss:"):
            found[-1] = (*found[-1][:2], int(line.split()[1]) * 1024)
    return found


@contextmanager
def running(how: programs.Build) -> Iterator[RssProgram]:
    """Run the program, without transparent huge pages, so that a page touched is a page and no more."""
    process = subprocess.Popen(
        [programs.build("rss", how)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        preexec_fn=lambda: ctypes.CDLL(None).prctl(_PR_SET_THP_DISABLE, 1, 0, 0, 0),
    )
    try:
        yield RssProgram(process)
    finally:
        process.kill()
        process.communicate()
