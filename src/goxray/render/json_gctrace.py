"""``goxray gc read --format json``: the schema ``goxray.gctrace/1``, stable in its keys and their meaning."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, BinaryIO

from goxray.core.gctrace_result import GCTRACE_SCHEMA_ID
from goxray.render import gctrace_story as story
from goxray.render.timeline_story import finding_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from goxray.core.gctrace_result import GcTraceResult
    from goxray.render.options import RenderOptions
    from goxray.render.words import Lang

_SCAVENGE = (
    "number", "released_mb", "inuse_mb", "idle_mb", "sys_mb", "released_total_mb", "consumed_mb", "work_kib",
    "eager_kib", "total_kib", "util_percent",
)  # fmt: skip


def write_json(result: GcTraceResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the result as one JSON object in UTF-8, a row a line; only notes and findings' texts are in a language."""
    out.write(b"{\n")
    for name, value in header(result).items():
        out.write(_dump(name) + b": " + _dump(value) + b",\n")
    _list(out, "cycles", result.cycles())
    _list(out, "scavenges", scavenges(result))
    _list(out, "pacer", pacer(result))
    _list(out, "set_aside", (asdict(one) for one in result.set_aside))
    _list(out, "findings", _findings(result, options.lang))
    out.write(b'"notes": ' + _dump(story.notes(result, options.lang)) + b"\n}\n")


def header(result: GcTraceResult) -> dict[str, Any]:
    """Return what stands before the lists: what was read, and the processes."""
    head: dict[str, Any] = {
        "schema": GCTRACE_SCHEMA_ID,
        "source": result.source,
        "lines": result.lines,
        "bytes": result.bytes,
        "set_aside_total": result.set_aside_total,
    }
    if result.command:
        head |= {"command": list(result.command), "exit_code": result.exit_code}
    head["processes"] = [asdict(process) for process in result.processes]
    return head


def scavenges(result: GcTraceResult) -> Iterable[dict[str, Any]]:
    """Yield the scavenger's lines; null is what a line does not say."""
    for one in result.scavenges:
        yield {
            "line": one.line,
            "process": _process(one.process),
            "kind": one.kind,
            **{name: one.figures.get(name) for name in _SCAVENGE},
            "forced": one.forced,
            "controller_reset": one.controller_reset,
        }


def pacer(result: GcTraceResult) -> Iterable[dict[str, Any]]:
    """Yield the pacer's lines; NaN and infinite figures are null."""
    for one in result.pacer:
        yield {
            "line": one.line,
            "process": _process(one.process),
            "kind": one.kind,
            "figures": _finite(one.figures),
            "controller_reset": one.controller_reset,
        }


def _process(process: int) -> int | None:
    return None if process < 0 else process


def _finite(figures: Mapping[str, float]) -> dict[str, float | None]:
    return {name: value if math.isfinite(value) else None for name, value in figures.items()}


def _findings(result: GcTraceResult, lang: Lang) -> Iterable[dict[str, Any]]:
    for process, timeline in zip(result.processes, result.timelines, strict=True):
        for finding in timeline.findings:
            told = finding_words(finding, lang)
            figures = _finite(finding.figures)
            yield {"process": process.process, **asdict(finding), "figures": figures, "text": told.title}


def _list(out: BinaryIO, name: str, rows: Iterable[dict[str, Any]]) -> None:
    """Write a list, a row at a time: a long log's cycles are never in memory as one text."""
    out.write(_dump(name) + b": [")
    separator = b"\n"
    for row in rows:
        out.write(separator + _dump(row))
        separator = b",\n"
    out.write(b"],\n" if separator == b"\n" else b"\n],\n")


def _dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")
