"""``goxray sbom --format json``: the schema ``goxray.sbom/1``, stable in keys, order and meaning."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, BinaryIO

from goxray.core.sbom_result import SBOM_SCHEMA_ID

if TYPE_CHECKING:
    from goxray.core.sbom_result import BillOfMaterials
    from goxray.render.options import RenderOptions


def write_json(bill: BillOfMaterials, out: BinaryIO, options: RenderOptions) -> None:
    """Write a bill as one JSON object in UTF-8; ``options`` change nothing, the format has no language."""
    del options
    document: dict[str, Any] = {"schema": SBOM_SCHEMA_ID, **asdict(bill)}
    document["settings"] = dict(bill.settings)
    out.write(json.dumps(document, indent=2).encode() + b"\n")
