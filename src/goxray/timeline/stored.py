"""goxray's own JSON read back: what gc read, gc watch, gc phases, trace and timeline wrote with --format json."""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from goxray.core import gctrace_result as g
from goxray.core.errors import TargetError
from goxray.core.timeline_json import decode, sound
from goxray.core.timeline_result import Interval, Moment, Timeline
from goxray.core.trace_result import EVENTS, TRIGGERS, TraceEvents
from goxray.core.watch_result import WATCH_COLUMNS, WatchCycle
from goxray.timeline.counters.axis import timeline_of as timeline_of_counters
from goxray.timeline.uprobes.axis import timeline_of as timeline_of_events

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class BadStored(TargetError):
    """The file says that goxray wrote it, but is cut off, changed, or of another version."""


@dataclass(frozen=True)
class Stored:
    """One process of a stored result, and its pid where the file tells it."""

    timeline: Timeline
    pid: int | None = None


def read(path: str) -> list[Stored]:
    """Return the processes that one of goxray's JSON files tells of.

    Raises:
        BadStored: the file is damaged; the message says how.
    """
    try:
        with open(path, encoding="utf-8") as file:
            told = json.load(file)
        return [_stamped(each, told) for each in _READERS[told["schema"]](told)]
    except OSError as error:
        raise BadStored(f"cannot read {path}: {error.strerror}", hint="name a file") from error
    except TargetError as error:
        raise BadStored(f"{path}: {error}", hint=error.hint) from error
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError, RecursionError) as error:
        what = str(error) if not isinstance(error, KeyError) else f"{error} is missing"
        raise BadStored(
            f"{path} is not as its schema says: {what}", hint="write it anew with this version of goxray"
        ) from error


def _stamped(found: Stored, told: Any) -> Stored:
    """Refuse what makes no sense, and say of a result that nobody has verified that it is one."""
    found = replace(found, timeline=sound(found.timeline))
    if not told.get("unverified"):
        return found
    stamp = f"UNVERIFIED: nobody has checked the layout of {told['build']['go_version']}"
    return replace(found, timeline=replace(found.timeline, notes=(stamp, *found.timeline.notes)))


def _timeline(told: Any) -> list[Stored]:
    return [Stored(decode(each)) for each in told["processes"]]


def _watch(told: Any) -> list[Stored]:
    samples = told["samples"]
    columns = {name: _floats(samples.get(name), len(samples["t_s"])) for name in WATCH_COLUMNS}
    known = {field.name for field in fields(WatchCycle)}
    cycles = [WatchCycle(**{name: value for name, value in each.items() if name in known}) for each in told["cycles"]]
    zero = (told["zero"] == "program start", told["zero_unix_s"])
    notes, phases = tuple(told.get("notes", ())), tuple(samples.get("phase", ()))
    timeline = timeline_of_counters(_named(told["target"]), columns, cycles, zero, notes, phases)
    return [Stored(timeline, told["target"]["pid"])]


def _floats(values: Sequence[float | None] | None, count: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    if values is None:
        return np.full(count, math.nan)
    array = np.array([math.nan if value is None else value for value in values], dtype=np.float64)
    if array.shape != (count,):
        raise ValueError(f"a column has {array.shape} values and not {count}")
    return array


def _named(target: Mapping[str, Any]) -> str:
    name = os.path.basename(str(target["exe"])) or "process"
    return f"{name} (pid {target['pid']})" if target["pid"] is not None else name


def _trace(told: Any) -> list[Stored]:
    rows = told["events"]
    types = list(dict.fromkeys(row["type"] for row in rows if row["type"] is not None))
    type_of = {name: place for place, name in enumerate(types)}

    def places(name: str, known: Sequence[str], kind: type) -> Any:
        number = {text: place for place, text in enumerate(known)}
        return np.array([-1 if row[name] is None else number[row[name]] for row in rows], dtype=kind)

    def counts(name: str) -> Any:
        return np.array([-1 if row[name] is None else row[name] for row in rows], dtype=np.int64)

    def addresses(name: str) -> Any:
        return np.array([0 if row[name] is None else int(row[name], 16) for row in rows], dtype=np.uint64)

    events = TraceEvents(
        event=places("event", EVENTS, np.int8),
        t_s=np.array([row["t_s"] for row in rows], dtype=np.float64),
        thread=np.array([row["thread"] for row in rows], dtype=np.int32),
        map=addresses("map"),
        table=addresses("table"),
        type=np.array([-1 if row["type"] is None else type_of[row["type"]] for row in rows], dtype=np.int32),
        old_slots=counts("old_slots"),
        new_slots=counts("new_slots"),
        addr=addresses("addr"),
        bytes=counts("bytes"),
        bucket=counts("bucket"),
        trigger=places("trigger", TRIGGERS, np.int8),
        types=tuple(types),
    )
    owners = {int(row["map"], 16): row["owner"] for row in rows if row["map"] and row["owner"]}
    timeline = timeline_of_events(
        _named(told["target"]), events, owners,
        zero=told["zero"], zero_unix_s=told["zero_unix_s"], numbered=told["from_start"],
    )  # fmt: skip
    return [Stored(timeline, told["target"]["pid"])]


def _gctrace(told: Any) -> list[Stored]:
    from goxray.timeline.gctrace.axis import to_timeline  # loads a compiler

    rows = np.array([_row(cycle) for cycle in told["cycles"]], dtype=np.int64).reshape(-1, g.WIDTH)
    scavenges = [_scavenge(each) for each in told["scavenges"]]
    found = []
    for each in told["processes"]:
        number = each["process"]
        process = _process(each)
        mine = rows[rows[:, g.PROCESS] == number]
        if len(mine):
            lines = tuple(one for one in scavenges if one.process == number)
            found.append(Stored(to_timeline(process, mine, lines)))
    return found


# As timeline/phases tells its events on the axis.
_PHASE_TRACKS = {"gc start": "gc", "mark end": "mark", "reusable": "sweep", "scavenged": "scavenge", "out of rss": "os"}
_PHASE_NAMES = {"reusable": "sweep done", "scavenged": "scavenge", "out of rss": "rss drop"}
_PHASE_CAUSES = {"cleared": "clear", "deleted": "delete", "emptied": "delete", "outgrown": "map grow"}


def _phases(told: Any) -> list[Stored]:
    """Cycles, windows and events; the figures over time are not in the JSON of gc phases."""
    owner = told["map"]["owner"] if told["map"] else ""
    intervals = [
        Interval(
            "gc", "cycle", each["start_s"], each["end_s"], "counters",
            {"n": each["n"], "forced": float(each["forced"])},
        )
        for each in told["cycles"] if each["end_s"] is not None
    ]  # fmt: skip
    moments = []
    for generation in told["generations"]:
        about = {"owner": owner, "generation": generation["number"]}
        intervals += [
            Interval(
                "map", window["name"], window["start_s"], window["end_s"], "maps",
                {
                    "owner": owner, "cause": generation["cause"], "generation": generation["number"],
                    "cycles": window["cycles"], "bytes": generation["bytes"]["blocks"],
                },
            )
            for window in generation["windows"] if not window["name"].startswith("until")
        ]  # fmt: skip
        for event in generation["events"]:
            name = _PHASE_NAMES.get(event["name"], event["name"])
            if name == "let go":
                name = _PHASE_CAUSES.get(generation["cause"], "dropped")
            track = _PHASE_TRACKS.get(event["name"], "map")
            moments.append(Moment(track, name, event["at_s"], "maps", {**about, "resolution_s": event["resolution_s"]}))
    timeline = Timeline(
        _named(told["target"]), told["zero"], told["zero_unix_s"], (), tuple(intervals),
        tuple(sorted(moments, key=lambda each: each.at_s)),
        notes=tuple(told["notes"]),
    )  # fmt: skip
    return [Stored(timeline, told["target"]["pid"])]


def _row(cycle: Mapping[str, Any]) -> list[int]:
    """Return a cycle as one row again: the inverse of gctrace_result.as_cycle."""
    row = [g.ABSENT] * g.WIDTH
    row[g.N], row[g.T_MS], row[g.PERCENT] = cycle["n"], round(cycle["t_s"] * 1000), cycle["cpu_percent"]
    row[g.CLOCK : g.CLOCK + 3] = [round(ms * 1000) for ms in cycle["clock_ms"]]
    row[g.CPU : g.CPU + 5] = [round(ms * 1000) for ms in cycle["cpu_ms"]]
    for column, name in (
        (g.START, "heap_start_mb"), (g.END, "heap_end_mb"), (g.LIVE, "heap_live_mb"), (g.GOAL, "goal_mb"),
        (g.STACKS, "stacks_mb"), (g.GLOBALS, "globals_mb"), (g.PROCS, "procs"), (g.LINE, "line"),
        (g.PROCESS, "process"),
    ):  # fmt: skip
        if cycle[name] is not None:
            row[column] = int(cycle[name])
    if cycle["goal_mb"] is None:
        row[g.GOAL] = g.NO_GOAL_MB
    if cycle["forced"] is not None:
        row[g.FORCED] = int(cycle["forced"])
    for column, name in (
        (g.SCAN_CLOCK, "scan_clock_ms"), (g.SYNC_CLOCK, "sync_clock_ms"),
        (g.SCAN_CPU, "scan_cpu_ms"), (g.SYNC_CPU, "sync_cpu_ms"),
    ):  # fmt: skip
        if cycle.get(name) is not None:
            row[column] = round(cycle[name] * 1000)
    return row


def _scavenge(told: Mapping[str, Any]) -> g.Scavenge:
    rest = {"line", "process", "kind", "forced", "controller_reset"}
    known = {name: value for name, value in told.items() if name not in rest and value is not None}
    return g.Scavenge(told["line"], told["process"] or 0, told["kind"], known, bool(told.get("forced", False)))


def _process(told: Mapping[str, Any]) -> g.GcProcess:
    """Return the part of a process' summary that its timeline needs."""
    return g.GcProcess(
        process=told["process"], name=str(told.get("name") or ""), format="go1.18+", restart_of=None, lines=(0, 0),
        numbers=(0, 0), cycles=0, missing=0, forced=0, periodic=0, span_s=(0.0, 0.0), gc_cpu_percent=0, cpu_ms={},
        pauses=g.Pauses(0, 0.0, 0.0, 0.0, 0.0, 0), live_mb=(0, 0), peak_mb=0, goal_mb=None, procs=0,
        zero_unix_s=told.get("zero_unix_s"),
    )  # fmt: skip


_READERS: Mapping[str, Callable[[Any], list[Stored]]] = {
    "goxray.timeline/1": _timeline,
    "goxray.watch/1": _watch,
    "goxray.trace/1": _trace,
    "goxray.phases/1": _phases,
    "goxray.gctrace/1": _gctrace,
}
