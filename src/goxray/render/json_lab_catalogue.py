"""``goxray lab list`` and ``lab show`` as JSON (``goxray.lab-catalogue/1``), and ``lab toolchains``."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, BinaryIO

from goxray.render.json_lab import claim_row, evidence_row, measured_rows, verdict_row
from goxray.render.json_maps import encode, members

if TYPE_CHECKING:
    from goxray.core.lab_result import Catalogue, ToolchainList
    from goxray.render.options import RenderOptions

CATALOGUE_SCHEMA_ID = "goxray.lab-catalogue/1"
TOOLCHAINS_SCHEMA_ID = "goxray.lab-toolchains/1"


def write_json(result: Catalogue, out: BinaryIO, options: RenderOptions) -> None:
    """Write the catalogue as one JSON object in UTF-8; rows are those of ``goxray.lab/1``."""
    del options
    report: dict[str, Any] = {
        "schema": CATALOGUE_SCHEMA_ID,
        "experiments": [asdict(row) for row in result.experiments],
        "claims": [claim_row(row) for row in result.claims],
        "verdicts": [verdict_row(row) for row in result.known],
        "evidence": [evidence_row(row) for row in result.known],
        "overall": [asdict(row) for row in result.overall],
        "measured": measured_rows(result.measured),
        "sources": dict(result.sources),
    }
    out.write(encode("{\n" + ",\n".join(members(report)) + "\n}\n"))


def write_toolchains_json(result: ToolchainList, out: BinaryIO, options: RenderOptions) -> None:
    """Write the toolchains as one JSON object in UTF-8."""
    del options
    report: dict[str, Any] = {
        "schema": TOOLCHAINS_SCHEMA_ID,
        "cache": result.cache,
        "toolchains": [asdict(each) for each in result.toolchains],
    }
    out.write(encode("{\n" + ",\n".join(members(report)) + "\n}\n"))
