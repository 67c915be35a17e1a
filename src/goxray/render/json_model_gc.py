"""``goxray model gc --format json``: the schema ``goxray.model-gc/1``, stable in its keys and their meaning."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, BinaryIO

from goxray.core.gc_result import GC_SCHEMA_ID
from goxray.render import gc_story as story

if TYPE_CHECKING:
    from goxray.core.gc_result import GcResult
    from goxray.render.options import RenderOptions


def write_json(result: GcResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the result as one JSON object in UTF-8; only the notes are in a language."""
    document: dict[str, Any] = {
        "schema": GC_SCHEMA_ID,
        "scenario": list(result.scenario),
        "runs": [asdict(run) for run in result.runs],
        "notes": story.notes(result, options.lang),
    }
    out.write(json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n")
