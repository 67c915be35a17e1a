"""What a recording of ``goxray gc watch`` says: its headline, sentences and rows. Adds up, measures nothing."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.core.units import format_bytes, format_count
from goxray.core.watch_result import WATCH_COLUMNS
from goxray.render.safe import printable
from goxray.render.timeline_story import at, lasting
from goxray.render.told_notes import Known, told
from goxray.render.words import say

if TYPE_CHECKING:
    from goxray.core.watch_result import WatchCycle, WatchResult
    from goxray.render.words import Lang

F64 = NDArray[np.float64]

UNKNOWN = "–"
FIGURES = (
    "heap_live", "heap_goal", "heap_alloc", "heap_objects", "heap_inuse", "heap_idle", "heap_released", "stack_inuse",
    "sys", "rss", "rss_anon", "swap", "smaps_pss", "memory_limit", "cgroup_current", "cgroup_limit", "gogc",
    "goroutines", "threads", "gc_cpu_percent",
)  # fmt: skip
"""The columns that the table of figures shows, as far as they are known."""
PHASES = ("off", "sweep", "mark", "mark termination")

_KNOWN: Known = (
    (re.compile(r"not found in this program without symbols: (?P<names>.*)"), "watch.note.missing"),
    (re.compile(r"/proc/PID/smaps_rollup cannot be read: .*"), "watch.note.no smaps"),
    (re.compile(r"control groups above this container cannot be seen: .*"), "watch.note.groups"),
)


def headline(result: WatchResult, lang: Lang) -> list[str]:
    """Return the parts of the first line."""
    build = result.build
    return [
        "goxray gc watch",
        printable(result.target.exe.rpartition("/")[2]),
        f"pid {result.target.pid}",
        f"{build.go_version} {build.goos}/{build.goarch}",
        say("watch.head.samples", lang, n=len(result.phases), took=lasting(result.elapsed_s)),
    ]


def unverified(result: WatchResult, lang: Lang) -> str:
    """Return the stamp of a Go version whose layout nobody has checked."""
    return say("head.unverified", lang, version=result.build.go_version)


def summary(result: WatchResult, lang: Lang) -> list[str]:
    """Return the sentences that say what was seen."""
    sound = [at for at, agreement in enumerate(result.agreement) if agreement != "torn"] or [-1]
    last = {name: float(values[sound[-1]]) for name, values in result.columns.items()}
    lines = [
        say(
            "watch.story.heap" if last["heap_goal"] == last["heap_goal"] else "watch.story.heap.open",
            lang,
            live=figure("heap_live", last["heap_live"]),
            goal=figure("heap_goal", last["heap_goal"]),
            rss=figure("rss", last["rss"]),
            released=figure("heap_released", last["heap_released"]),
        ),
        _cycles_line(result, lang),
        _limits_line(result, lang),
    ]
    if result.ended != "asked":
        lines.append(say(f"watch.ended.{result.ended}", lang))
    return [line for line in lines if line]


def _cycles_line(result: WatchResult, lang: Lang) -> str:
    cycles = result.cycles
    if not cycles:
        return say("watch.story.no cycle", lang, n=result.cycles_before)
    pauses = [cycle.pause_ms for cycle in cycles]
    watched = max(float(result.columns["t_s"][-1] - result.columns["t_s"][0]), 1e-9)
    return say(
        "watch.story.cycles",
        lang,
        n=len(cycles) + result.cycles_lost,
        every=lasting(watched / (len(cycles) + result.cycles_lost)),
        pauses=lasting(sum(pauses) / 1e3),
        longest=lasting(max(pauses) / 1e3),
        forced=format_count(_risen(result.columns["gc_forced"])),
    )


def _risen(values: F64) -> int:
    return int(values[-1] - values[0])


def _limits_line(result: WatchResult, lang: Lang) -> str:
    limit, group = result.columns["memory_limit"][-1], latest(result.columns["cgroup_limit"])
    parts = []
    if limit == limit:
        parts.append(say("watch.story.memory limit", lang, bytes=format_bytes(limit)))
    if group == group and result.group is not None:
        where = printable(result.group.limit_at or "/")
        parts.append(say("watch.story.group limit", lang, bytes=format_bytes(group), where=where))
    return (" " if lang == "en" else "").join(parts) or say("watch.story.no limit", lang)


def figure(name: str, value: float) -> str:
    """Write a number of a column by its unit."""
    if value != value:
        return UNKNOWN
    kind = WATCH_COLUMNS[name]
    if kind == "bytes":
        return format_bytes(value)
    if kind in ("ns", "us"):
        return lasting(value / (1e9 if kind == "ns" else 1e6))
    if kind == "percent":
        return f"{value:.3g}%"
    return f"{value:.3f}" if kind == "seconds" else format_count(int(value))


def latest(values: F64) -> float:
    """Return the last value that is known; NaN where none is."""
    known = values[np.isfinite(values)]
    return float(known[-1]) if len(known) else math.nan


def extremes(values: F64) -> tuple[float, float, float, float]:
    """Return (first, smallest, largest, last) of the known values."""
    known = values[np.isfinite(values)]
    return float(known[0]), float(known.min()), float(known.max()), float(known[-1])


def phase_shares(result: WatchResult, lang: Lang) -> str:
    """Return how much of the samples each phase was met in."""
    counts = Counter(phase for phase in result.phases if phase is not None)
    all_ = sum(counts.values())
    return ", ".join(
        f"{say(f'watch.phase.{phase}', lang)} {100 * counts[phase] / all_:.3g}%" for phase in PHASES if counts[phase]
    )


def cycle_row(cycle: WatchCycle) -> dict[str, str]:
    """Return the cells of one cycle by column."""

    def sized(value: int | None) -> str:
        return UNKNOWN if value is None else format_bytes(value)

    def cpu(value: float | None) -> str:
        return UNKNOWN if value is None else lasting(value / 1e3)

    return {
        "n": str(cycle.n),
        "end": at(cycle.end_s),
        "took": UNKNOWN if cycle.start_s is None else lasting(cycle.end_s - cycle.start_s),
        "pause": lasting(cycle.pause_ms / 1e3),
        "start_bytes": sized(cycle.heap_start),
        "live_bytes": sized(cycle.heap_live),
        "goal": sized(cycle.goal),
        "assist": cpu(cycle.assist_cpu_ms),
        "background": cpu(cycle.dedicated_cpu_ms),
        "forced": UNKNOWN if cycle.forced is None else "yes" if cycle.forced else "",
    }


def cost_line(result: WatchResult, lang: Lang) -> str:
    """Return what the watching cost."""
    cost = result.cost
    text = say("watch.cost", lang, cpu=f"{cost.own_cpu_percent:.2g}%", read=lasting(cost.read_us / 1e6), n=cost.retried)
    if cost.smaps_ms is not None:
        text += say("watch.cost.smaps", lang, n=cost.smaps_reads, ms=lasting(cost.smaps_ms / 1e3))
    if cost.torn or cost.within_batch:
        text += say("watch.cost.torn", lang, n=cost.within_batch, torn=cost.torn)
    if cost.missed:
        text += say("watch.cost.missed", lang, n=cost.missed)
    return text


def notes(result: WatchResult, lang: Lang) -> list[str]:
    """Return the notes in a language."""
    return told(result.notes, _KNOWN, lang)
