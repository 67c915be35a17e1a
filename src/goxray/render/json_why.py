"""``goxray why --format json``: the schema ``goxray.why/1``, stable in its keys, their order and their meaning."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, BinaryIO

from goxray.core.heap_schema import WHY_SCHEMA_ID
from goxray.render.json_maps import about, encode, members

if TYPE_CHECKING:
    from goxray.core.heap_result import WhyResult
    from goxray.render.options import RenderOptions


def write_json(result: WhyResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the result as one JSON object in UTF-8; ``options`` change nothing, the format has no language."""
    del options
    report: dict[str, Any] = {
        "schema": WHY_SCHEMA_ID,
        **({"unverified": True} if result.unverified else {}),
        **about(result),
        "asked": result.asked,
        "subject": {
            "addr": result.subject_addr,
            "type": result.subject_type,
            "objects": result.objects,
            "bytes": result.bytes,
            "retained_bytes": result.retained_bytes,
            "reachable": result.reachable,
        },
        "paths": [
            {
                "kind": path.kind,
                "root": path.root,
                "conservative": path.conservative,
                "steps": [asdict(step) for step in path.steps],
            }
            for path in result.paths
        ],
        "faults": [{"addr": fault.addr, "what": fault.what} for fault in result.faults],
    }
    if result.notes:
        report["notes"] = list(result.notes)
    out.write(encode("{\n" + ",\n".join(members(report)) + "\n}\n"))
