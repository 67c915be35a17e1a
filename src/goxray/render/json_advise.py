"""``goxray advise --format json``: the schema ``goxray.advise/1``, stable in its keys and their meaning."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, BinaryIO

from goxray.core.advise_result import ADVISE_SCHEMA_ID
from goxray.render.json_maps import encode, members

if TYPE_CHECKING:
    from goxray.core.advise_result import AdviseResult, Finding
    from goxray.render.options import RenderOptions


def write_json(result: AdviseResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the result as one JSON object in UTF-8; texts are in the language asked for, keys are not."""
    report: dict[str, Any] = {
        "schema": ADVISE_SCHEMA_ID,
        **({"unverified": True} if result.unverified else {}),
        "target": result.target,
        "source": result.source,
        "build": {"go_version": result.go_version, "goarch": result.goarch},
        "findings": [_finding(finding, chinese=options.lang == "zh") for finding in result.findings],
        "findings_total": max(result.findings_total, len(result.findings)),
        "forecast": [asdict(row) for row in result.forecast],
        "faults": list(result.faults),
    }
    if result.notes:
        report["notes"] = list(result.notes)
    out.write(encode("{\n" + ",\n".join(members(report)) + "\n}\n"))


def _finding(finding: Finding, *, chinese: bool) -> dict[str, Any]:
    row = asdict(finding)
    other = row.pop("chinese")
    return row | other if chinese and other is not None else row
