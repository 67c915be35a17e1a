"""The heap of a Go program that has just begun, as measured: what the runtime itself has allocated before main does.

``tools/gen_starts.py`` measures it on real toolchains. The allocator's model begins from there, so that its figures are
those of a process and not of an empty heap.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TypedDict

from goxray.core.errors import LayoutUnknown
from goxray.layout.runtime import RuntimeLayout


@dataclass(frozen=True)
class StartSpan:
    """One span at the start of main: ``page`` from the first span's, ``pages``, ``span_class`` (-1: no heap objects).

    ``objects`` are allocated in it, and ``alive`` of those outlive the first collection.
    """

    page: int
    pages: int
    span_class: int
    objects: int
    alive: int


@dataclass(frozen=True)
class ProgramStart:
    """What a program of one release line has at the start of main, with one processor and no environment.

    ``first_cycle`` are the objects (span class, count) that the first collection allocates for itself (goroutines of
    its workers). ``scan_bytes`` is what a cycle scans of stacks and globals. ``stack_bytes`` is in spans of stacks,
    ``settled_stack_bytes`` the same after collections. ``mspan_bytes`` is in mspan structures (MemStats.MSpanInuse).
    ``gc_sys``, ``other_sys``, ``fixed_sys`` are MemStats' GCSys, OtherSys, and MCacheSys + BuckHashSys, bytes.
    ``persistent_left`` bytes are left in the chunk of persistentalloc.
    """

    spans: tuple[StartSpan, ...]
    first_cycle: tuple[tuple[int, int], ...]
    scan_bytes: int
    stack_bytes: int
    settled_stack_bytes: int
    mspan_bytes: int
    gc_sys: int
    other_sys: int
    fixed_sys: int
    mallocs: int
    frees: int
    persistent_left: int


class _Json(TypedDict):
    spans: list[list[int]]
    first_cycle: list[list[int]]
    scan_bytes: int
    stack_bytes: int
    settled_stack_bytes: int
    mspan_bytes: int
    gc_sys: int
    other_sys: int
    fixed_sys: int
    mallocs: int
    frees: int
    persistent_left: int


@cache
def _all() -> dict[str, _Json]:
    text = files("goxray.layout").joinpath("data", "starts.json").read_text("utf-8")
    found: dict[str, _Json] = json.loads(text)
    return found


def program_start(layout: RuntimeLayout) -> ProgramStart:
    """Return the start of a program of the build's release line.

    Raises:
        LayoutUnknown: nobody has measured it: only linux/amd64 is.
    """
    line = "go{}.{}".format(*layout.version.line)
    found = _all().get(line)
    if found is None or layout.goarch != "amd64":
        raise LayoutUnknown(
            f"nobody has measured how a program of {line} begins on {layout.goarch}",
            hint="the collector's model knows Go 1.21 and newer on amd64",
        )
    spans = tuple(StartSpan(*row) for row in found["spans"])
    cycle = tuple((row[0], row[1]) for row in found["first_cycle"])
    return ProgramStart(**{**found, "spans": spans, "first_cycle": cycle})  # type: ignore[arg-type]


def limit_retained(layout: RuntimeLayout) -> float:
    """Return the part of GOMEMLIMIT down to which the background scavenger releases memory (gcPaceScavenger).

    It was meant to be 0.95 from the start; Go 1.21 multiplies the limit by 95, so that its scavenger never has to.
    """
    return 95.0 if layout.version.line < (1, 22) else 0.95
