"""Samples out of a dump's text: JSON lines, an array, one object or several, and Prometheus' text format."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from goxray.core.errors import TargetError

if TYPE_CHECKING:
    import os

    from numpy.typing import NDArray

_TIMES = ("time", "ts", "@timestamp", "timestamp", "Time", "Timestamp", "unix_ns")
_SPACE = re.compile(r"[\s,\x1e]*")
_METRIC = re.compile(r"^/[^:]+:[^:]+$")
_PROMETHEUS = re.compile(r"^\s*(go_\w+|process_resident_memory_bytes)(?:\{[^}]*\})?\s+(\S+)(?:\s+(-?\d+))?\s*$")
_PROMETHEUS_HEAD = re.compile(rb"^\s*(#\s*(HELP|TYPE)\s+\w|go_\w+(\{[^}]*\})?\s)")
_SHOWN = 3
_HINT = (
    "expected: runtime/metrics names and values, or what /debug/vars of expvar serves, as one JSON object, an array or "
    "JSON lines; or Prometheus' text format with go_ metrics"
)
_WORD = 1 << 63
_MS, _US, _NS = 1e11, 1e14, 1e17
"""Unix times from these on are in milliseconds, microseconds, nanoseconds: in seconds they would be after year 5000."""


class BadMetrics(TargetError):
    """The file is no dump of runtime/metrics, expvar or Prometheus' text format."""


@dataclass
class Histogram:
    """A Float64Histogram: ``counts`` of N buckets, ``bounds`` N + 1, the outer ones may be infinite."""

    counts: list[int]
    bounds: list[float]


@dataclass
class Sample:
    """Values at one time: numbers by name of runtime/metrics, fields of MemStats, histograms by name.

    ``unix_s`` is when, None where the dump does not say; ``line`` where it begins. ``others`` are names that are none
    of these.
    """

    line: int
    unix_s: float | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    histograms: dict[str, Histogram] = field(default_factory=dict)
    memstats: dict[str, float] = field(default_factory=dict)
    pause_ns: NDArray[Any] | list[int] = field(default_factory=list)
    pause_end: NDArray[Any] | list[int] = field(default_factory=list)
    process: str = ""
    others: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.metrics or self.memstats or self.histograms)


@dataclass(frozen=True)
class Dump:
    """The samples of a file, in its order, and notes on what was set aside."""

    samples: tuple[Sample, ...]
    notes: tuple[str, ...]


def is_dump(head: bytes) -> bool:
    """Return whether a file that begins with these bytes may be such a dump: JSON, or Prometheus' text format."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return text[:1] in (b"{", b"[") or _PROMETHEUS_HEAD.match(text) is not None


def parse(path: str | os.PathLike[str]) -> Dump:
    """Read the samples of a file.

    Raises:
        BadMetrics: the file cannot be read or holds no sample; the message names the first line that makes no sense.
    """
    try:
        with open(path, encoding="utf-8-sig", errors="replace") as file:
            text = file.read()
    except OSError as error:
        raise BadMetrics(f"cannot read {path}: {error.strerror}") from None
    if _PROMETHEUS_HEAD.match(text.lstrip()[:1000].encode()):
        samples, aside = _prometheus(text), list[tuple[int, str]]()
    else:
        values, aside = _json_values(text)
        samples = []
        for line, value in values:
            made = _samples(line, value)
            samples += made
            if not made:
                aside.append((line, "neither runtime/metrics nor expvar"))
    aside.sort()
    if not samples:
        line, why = aside[0] if aside else (1, "nothing there")
        raise BadMetrics(f"{path}:{line}: no sample of runtime/metrics or expvar: {why}", hint=_HINT)
    notes = [f"line {line} is set aside: {why}" for line, why in aside[:_SHOWN]]
    if len(aside) > _SHOWN:
        notes.append(f"{len(aside) - _SHOWN} more lines are set aside")
    return Dump(tuple(samples), tuple(notes))


def _behind_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _json_values(text: str) -> tuple[list[tuple[int, Any]], list[tuple[int, str]]]:
    """Return the JSON values of a text with the lines where they begin, and the lines that are none."""
    decoder = json.JSONDecoder()
    found: list[tuple[int, Any]] = []
    aside: list[tuple[int, str]] = []
    at, line = _behind_space(text, 0), 1
    line += text.count("\n", 0, at)
    while at < len(text):
        try:
            value, end = decoder.raw_decode(text, at)
            if not isinstance(value, dict | list):
                raise ValueError
            found.append((line, value))
        except (ValueError, RecursionError):
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            aside.append((line, "no JSON"))
        after = _behind_space(text, end)
        line += text.count("\n", at, after)
        at = after
    return found, aside


def _samples(line: int, value: Any) -> list[Sample]:
    """Return the samples in a JSON value: an array has one each, or is one made of names and values."""
    if isinstance(value, dict):
        sample = Sample(line)
        _take(sample, value)
        return [sample] if sample else []
    named = [pair for pair in map(_named, value) if pair is not None]
    if named:
        return _samples(line, dict(named))
    return [sample for each in value if isinstance(each, dict | list) for sample in _samples(line, each)]


def _named(value: Any) -> tuple[str, Any] | None:
    """Return the pair of ``{"name": ..., "value": ...}``, as dumps of []metrics.Sample have it."""
    if not isinstance(value, dict):
        return None
    name = value.get("name", value.get("Name"))
    told = value.get("value", value.get("Value"))
    return (name, told) if isinstance(name, str) and _METRIC.match(name) and told is not None else None


def _take(sample: Sample, fields: dict[str, Any], nested: bool = False) -> None:
    for name, value in fields.items():
        if name in _TIMES and sample.unix_s is None and (moment := unix_seconds(value)) is not None:
            sample.unix_s = moment
        elif _METRIC.match(name):
            _take_metric(sample, name, value)
        elif name == "cmdline" and isinstance(value, list) and value:
            sample.process = str(value[0]).rpartition("/")[2]
        elif isinstance(value, dict) and "HeapAlloc" in value:
            _take_memstats(sample, value)
        elif isinstance(value, dict | list) and not nested:
            inner = dict(pair for pair in map(_named, value) if pair) if isinstance(value, list) else value
            _take(sample, inner, nested=True)
        elif not nested and "HeapAlloc" not in fields:
            sample.others.add(name)
    if "HeapAlloc" in fields:
        _take_memstats(sample, fields)


def _take_metric(sample: Sample, name: str, value: Any) -> None:
    number = as_number(value)
    if number is not None and math.isfinite(number):
        sample.metrics[name] = number
    elif isinstance(value, dict) and (made := _histogram(value)) is not None:
        sample.histograms[name] = made
    else:
        sample.others.add(name)


def _take_memstats(sample: Sample, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        number = as_number(value)
        if number is not None and math.isfinite(number):
            sample.memstats[name] = number
    rings = [fields.get("PauseNs"), fields.get("PauseEnd")]
    if all(isinstance(ring, list) and all(type(each) is int and 0 <= each < _WORD for each in ring) for ring in rings):
        sample.pause_ns, sample.pause_end = rings  # type: ignore[assignment]


def _histogram(fields: dict[str, Any]) -> Histogram | None:
    by_name = {name.lower(): value for name, value in fields.items()}
    counts, bounds = by_name.get("counts"), by_name.get("buckets")
    if not isinstance(counts, list) or not isinstance(bounds, list) or len(bounds) != len(counts) + 1:
        return None
    edges = [as_number(bound) if bound is not None else math.nan for bound in bounds]
    if not all(type(count) is int and count >= 0 for count in counts) or None in edges:
        return None
    known = [edge for edge in edges if edge is not None]
    known[0] = -math.inf if math.isnan(known[0]) else known[0]  # JSON knows no infinity: null, or "+Inf"
    known[-1] = math.inf if math.isnan(known[-1]) else known[-1]
    return None if any(map(math.isnan, known)) else Histogram(counts, known)


def as_number(value: Any) -> float | None:
    """Return a number, or a text that is one (``"+Inf"`` too); None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def unix_seconds(value: Any) -> float | None:
    """Return a time as Unix seconds: RFC 3339, or a number in s, ms, µs or ns; None for anything else.

    No program of Go's ran before 1970: earlier times are none. A time without a zone is taken as UTC.
    """
    number = as_number(value)
    if number is not None:
        unit = next((unit for least, unit in ((_NS, 1e9), (_US, 1e6), (_MS, 1e3)) if number >= least), 1.0)
        return number / unit if 0 <= number < _MS * unit else None
    try:
        moment = datetime.fromisoformat(str(value))
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        return seconds if seconds >= 0 else None
    except (ValueError, OverflowError):
        return None


def _prometheus(text: str) -> list[Sample]:
    """Return the samples of scrapes: a name that comes again begins the next one."""
    from goxray.timeline.metrics.names import PROMETHEUS

    samples: list[Sample] = []
    seen: set[str] = set()
    for place, line in enumerate(text.splitlines(), 1):
        match = _PROMETHEUS.match(line)
        value = as_number(match[2]) if match else None
        if match is None or value is None or not math.isfinite(value):
            continue
        name = line.partition(" ")[0]
        if name in seen or not samples:
            samples.append(Sample(place))
            seen.clear()
        seen.add(name)
        sample = samples[-1]
        if match[3] and sample.unix_s is None:
            sample.unix_s = unix_seconds(match[3])
        into, target, factor = PROMETHEUS.get(match[1], ("", "", 1.0))
        if into:
            getattr(sample, into)[target] = value * factor
        else:
            sample.others.add(match[1])
    return [sample for sample in samples if sample]
