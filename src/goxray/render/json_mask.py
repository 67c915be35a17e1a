"""What ``goxray mask --stats`` writes: the schema ``goxray.mask/1``, stable in its keys and their meaning."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, BinaryIO

from goxray.core.vault_result import MASK_SCHEMA_ID

if TYPE_CHECKING:
    from goxray.core.vault_result import MaskCounts
    from goxray.render.options import RenderOptions


def write_json(result: MaskCounts, out: BinaryIO, options: RenderOptions) -> None:
    """Write the counts as one JSON object in UTF-8; ``options`` change nothing, the format has no language."""
    del options
    text = json.dumps({"schema": MASK_SCHEMA_ID, **members(result)}, ensure_ascii=False, indent=2)
    out.write((text + "\n").encode("utf-8", "backslashreplace"))


def members(result: MaskCounts) -> dict[str, Any]:
    """Return the counts as the schema has them."""
    return {
        "rules": list(result.rules),
        "key_id": result.key_id,
        "lines": result.lines,
        "json": result.json,
        "text": result.text,
        "repeated": result.repeated,
        "masked": dict(result.masked),
        "dropped": dict(result.dropped),
    }
