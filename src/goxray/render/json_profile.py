"""``goxray profile --format json``: the schema ``goxray.profile/1``, stable in its keys and their meaning."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, BinaryIO

from goxray.core.profile_result import PROFILE_SCHEMA_ID
from goxray.render import profile_story as story

if TYPE_CHECKING:
    from goxray.core.profile_result import ProfileResult, TopRow
    from goxray.render.options import RenderOptions


def write_json(result: ProfileResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the result as one JSON object in UTF-8; only the notes are in a language."""
    out.write(json.dumps(document(result, options), ensure_ascii=False, indent=1).encode("utf-8", "replace") + b"\n")


def header(result: ProfileResult) -> dict[str, Any]:
    """Return what the document says before its tables."""
    return {
        "file": result.file,
        "base": result.base or None,
        "form": result.form,
        "kind": result.kind,
        "difference": result.difference,
        "program": result.program,
        "build_id": result.build_id,
        "time_s": result.time_s,
        "duration_s": result.duration_s,
        "period": {"type": result.period_type, "unit": result.period_unit, "value": result.period},
        "samples": result.samples,
        "locations": result.locations,
        "functions": result.functions,
        "sample_types": [{"type": kind.type, "unit": kind.unit} for kind in result.sample_types],
        "totals": {kind.type: kind.total for kind in result.sample_types},
        "net": {kind.type: kind.net for kind in result.sample_types},
        "shown": result.shown.type,
        "sort": result.sort,
        "by_line": result.by_line,
    }


def document(result: ProfileResult, options: RenderOptions) -> dict[str, Any]:
    """Return the whole document."""
    memory = result.map_memory
    return {
        "schema": PROFILE_SCHEMA_ID,
        **header(result),
        "top_total": result.top_total,
        "top": [top_row(result, row) for row in result.top],
        "map_memory": None if memory is None else [asdict(row) for row in memory.rows],
        "map_types": None if memory is None else [asdict(each) for each in memory.types],
        "map_totals": None
        if memory is None
        else {name: value for name, value in asdict(memory).items() if name not in ("rows", "types")},
        "mem_stats": dict(result.mem_stats) or None,
        "notes": story.notes(result, options.lang),
    }


def top_row(result: ProfileResult, row: TopRow) -> dict[str, Any]:
    """Return a row with the figures shown, and those of every type."""
    figures = zip(result.sample_types, row.flats, row.cums, strict=True)
    return {
        "function": row.function,
        "file": row.file or None,
        "line": row.line or None,
        "flat": row.flats[result.column],
        "cum": row.cums[result.column],
        "all": {kind.type: {"flat": flat, "cum": cum} for kind, flat, cum in figures},
    }
