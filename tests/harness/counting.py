"""The Go program ``counters`` (tests/programs/counters): asked what it knows of its memory, read while it stands."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from goxray.goruntime.runtime import Runtime
from goxray.target.open import open_target
from goxray.timeline.counters.reader import CounterReader
from goxray.timeline.counters.reading import Counters
from tests.harness import programs
from tests.harness.variants import SWISS, Variant

Told = dict[str, Any]

_ATTEMPTS = 50
_LOOSE = ("/sched/", "/sync/", "/cpu/classes/idle", "/cpu/classes/user", "/cpu/classes/total", "NumGoroutine")
"""What moves by itself: it does not say that the memory moved."""


def build(variant: Variant = SWISS, *, ldflags: str = "") -> Path:
    """Return the executable."""
    return programs.build("counters", programs.Build(variant, ldflags=ldflags))


class Counting:
    """The program running. ``err`` is where its standard error goes."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.pid = int(self._answer()["pid"])

    def _answer(self) -> Told:
        assert self.process.stdout is not None
        told: Told = json.loads(self.process.stdout.readline())
        return told

    def ask(self, command: str) -> Told:
        """Give a command and return the answer."""
        self.start(command)
        return self._answer()

    def start(self, command: str) -> None:
        """Give a command."""
        assert self.process.stdin is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def still(self, reader: CounterReader) -> tuple[Told, Counters]:
        """Return what the program says and what is read of it, when it says the same before and after the reading."""
        for _ in range(_ATTEMPTS):
            before = self.ask("s")
            counters = reader.read()
            after = self.ask("s")
            if _steady(before) == _steady(after):
                return before, counters
        raise AssertionError("the program's memory never stood still")


def _steady(told: Told) -> Told:
    return {name: value for name, value in told.items() if not name.startswith(_LOOSE)}


@contextmanager
def running(
    exe: Path, *arguments: str, env: Mapping[str, str] | None = None, err: int | None = None
) -> Iterator[Counting]:
    """Run the program; it is killed at the end."""
    process = subprocess.Popen(
        [exe, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if err is None else err,
        text=True,
        env=os.environ | dict(env or {}),
    )
    try:
        yield Counting(process)
    finally:
        process.kill()
        process.communicate()


@contextmanager
def reading(pid: int) -> Iterator[CounterReader]:
    """Open the process and make a reader of its counters."""
    with open_target(str(pid)) as target:
        yield CounterReader(Runtime(target))


def as_told(counters: Counters) -> Told:
    """Return what was read under the names of runtime.MemStats and runtime/metrics."""
    return {**_mem_stats(counters), **_heap_metrics(counters), **_other_metrics(counters)}


def _mem_stats(counters: Counters) -> Told:
    raw, books = counters.raw, counters.books
    return {
        "Alloc": counters.heap_alloc,
        "TotalAlloc": counters.total_alloc,
        "Sys": counters.sys,
        "Mallocs": counters.mallocs,
        "Frees": counters.frees,
        "HeapAlloc": counters.heap_alloc,
        "HeapSys": counters.heap_sys,
        "HeapIdle": counters.heap_idle,
        "HeapInuse": raw.heap_in_use,
        "HeapReleased": raw.heap_released,
        "HeapObjects": counters.heap_objects,
        "StackInuse": books.in_stacks,
        "StackSys": counters.stack_sys,
        "MSpanInuse": raw.span_inuse,
        "MSpanSys": raw.mspan_sys,
        "MCacheInuse": raw.cache_inuse,
        "MCacheSys": raw.mcache_sys,
        "BuckHashSys": raw.buckhash_sys,
        "GCSys": counters.gc_sys,
        "OtherSys": raw.other_sys,
        "NextGC": counters.heap_goal,
        "LastGC": raw.last_gc_unix,
        "PauseTotalNs": raw.pause_total_ns,
        "PauseNs": counters.pauses[0].tolist(),
        "PauseEnd": counters.pauses[1].tolist(),
        "NumGC": raw.numgc,
        "NumForcedGC": raw.numforcedgc,
        "NumGoroutine": counters.goroutines,
    }


def _heap_metrics(counters: Counters) -> Told:
    raw, books, unflushed = counters.raw, counters.books, counters.unflushed
    assert unflushed is not None
    return {
        "/gc/cycles/automatic:gc-cycles": raw.numgc - raw.numforcedgc,
        "/gc/cycles/forced:gc-cycles": raw.numforcedgc,
        "/gc/cycles/total:gc-cycles": raw.numgc,
        "/gc/gogc:percent": raw.gc_percent & ((1 << 64) - 1),
        "/gc/gomemlimit:bytes": raw.memory_limit,
        "/gc/heap/allocs:bytes": counters.total_alloc,
        "/gc/heap/allocs:objects": books.mallocs + unflushed.objects,
        "/gc/heap/frees:bytes": books.freed,
        "/gc/heap/frees:objects": books.frees,
        "/gc/heap/goal:bytes": counters.heap_goal,
        "/gc/heap/live:bytes": raw.heap_marked,
        "/gc/heap/objects:objects": counters.heap_objects,
        "/gc/heap/tiny/allocs:objects": books.tiny + unflushed.tiny,
        "/gc/limiter/last-enabled:gc-cycle": raw.limiter_last_cycle,
        "/gc/scan/globals:bytes": raw.globals_scan,
        "/gc/scan/heap:bytes": raw.heap_scan,
        "/gc/scan/stack:bytes": raw.last_stack_scan,
        "/memory/classes/heap/free:bytes": raw.heap_free,
        "/memory/classes/heap/objects:bytes": counters.heap_alloc,
        "/memory/classes/heap/released:bytes": raw.heap_released,
        "/memory/classes/heap/stacks:bytes": books.in_stacks,
        "/memory/classes/heap/unused:bytes": raw.heap_in_use - counters.heap_alloc,
        "/memory/classes/metadata/other:bytes": counters.gc_sys,
        "/memory/classes/os-stacks:bytes": raw.stacks_sys,
        "/memory/classes/other:bytes": raw.other_sys,
        "/memory/classes/profiling/buckets:bytes": raw.buckhash_sys,
        "/memory/classes/total:bytes": counters.sys,
    }


def _other_metrics(counters: Counters) -> Told:
    raw = counters.raw
    assert raw.span_inuse is not None and raw.cache_inuse is not None
    return {
        "/memory/classes/metadata/mcache/free:bytes": raw.mcache_sys - raw.cache_inuse,
        "/memory/classes/metadata/mcache/inuse:bytes": raw.cache_inuse,
        "/memory/classes/metadata/mspan/free:bytes": raw.mspan_sys - raw.span_inuse,
        "/memory/classes/metadata/mspan/inuse:bytes": raw.span_inuse,
        "/cpu/classes/gc/mark/assist:cpu-seconds": raw.cpu_assist,
        "/cpu/classes/gc/mark/dedicated:cpu-seconds": raw.cpu_dedicated,
        "/cpu/classes/gc/mark/idle:cpu-seconds": raw.cpu_idle_mark,
        "/cpu/classes/gc/pause:cpu-seconds": raw.cpu_pause,
        "/cpu/classes/gc/total:cpu-seconds": raw.cpu_gc,
        "/cpu/classes/scavenge/assist:cpu-seconds": raw.cpu_scavenge_assist,
        "/cpu/classes/scavenge/background:cpu-seconds": raw.cpu_scavenge_bg,
        "/cpu/classes/scavenge/total:cpu-seconds": raw.cpu_scavenge,
        "/cpu/classes/idle:cpu-seconds": raw.cpu_idle,
        "/cpu/classes/user:cpu-seconds": raw.cpu_user,
        "/cpu/classes/total:cpu-seconds": raw.cpu_total,
        "/sched/gomaxprocs:threads": raw.gomaxprocs,
    }
