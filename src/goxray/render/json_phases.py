"""``goxray gc phases --format json``: the schema ``goxray.phases/1``, stable in its keys and their meaning."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, BinaryIO

from goxray.core.phases_result import PHASES_SCHEMA_ID

if TYPE_CHECKING:
    from goxray.core.phases_result import Generation, PhasesResult
    from goxray.render.options import RenderOptions


def write_json(result: PhasesResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the result as one JSON object in UTF-8."""
    del options
    out.write(json.dumps(document(result), ensure_ascii=False, indent=1).encode("utf-8", "replace") + b"\n")


def document(result: PhasesResult) -> dict[str, Any]:
    """Return what the JSON says; the figures over time are in the perfetto and html formats."""
    return {
        "schema": PHASES_SCHEMA_ID,
        **({"unverified": True} if result.unverified else {}),
        "target": asdict(result.target),
        "build": asdict(result.build),
        "only": result.only,
        "command": list(result.command),
        "environment": dict(result.environment),
        "settings": dict(result.settings),
        "watched_s": result.watched_s,
        "looks": result.looks,
        "typical_s": result.typical_s,
        "longest_s": result.longest_s,
        "ended": result.ended,
        "exit_code": result.exit_code,
        "zero": result.timelines[0].zero if result.timelines else None,
        "zero_ns": result.zero_ns,
        "zero_unix_s": result.timelines[0].zero_unix_s if result.timelines else None,
        "map": None if result.map is None else asdict(result.map),
        "generations": [_generation(generation) for generation in result.generations],
        "cycles": [asdict(cycle) for cycle in result.cycles],
        "phases": [asdict(phase) for phase in result.phases],
        "findings": [asdict(finding) for timeline in result.timelines for finding in timeline.findings],
        "faults": [{"addr": fault.addr, "what": fault.what} for fault in result.faults],
        "notes": list(result.notes),
    }


def _generation(generation: Generation) -> dict[str, Any]:
    found = asdict(generation)
    found["windows"] = [asdict(window) | {"seconds": window.seconds} for window in generation.windows]
    return found
