"""``goxray layout --format json``: the schema ``goxray.layout/1``, stable in keys, order and meaning."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, BinaryIO

from goxray.core.layout_result import LAYOUT_SCHEMA_ID

if TYPE_CHECKING:
    from goxray.core.layout_result import LayoutResult
    from goxray.render.options import RenderOptions


def write_json(result: LayoutResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the result as one JSON object in UTF-8; ``options`` change nothing, the format has no language."""
    del options
    document: dict[str, Any] = {"schema": LAYOUT_SCHEMA_ID, "types": [asdict(each) for each in result.types]}
    if result.notes:
        document["notes"] = list(result.notes)
    out.write(json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n")
