"""``goxray predict --format json`` and ``csv``: the schema ``goxray.predict/1``, one result a version and step."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, BinaryIO

from goxray.core.predict_result import PREDICT_SCHEMA_ID

if TYPE_CHECKING:
    from goxray.core.predict_result import Prediction, PredictResult
    from goxray.render.options import RenderOptions

KEYS = (
    "go_version", "goarch", "kind", "type", "step", "step_text", "n", "hint", "exact", "bytes", "low", "high",
    "indirect_bytes", "peak_bytes", "scan_bytes", "mallocs", "total_alloc", "slots", "how",
)  # fmt: skip
"""The plain members of a result, in their order; ``detail`` and ``growth`` follow in JSON."""


def write_json(result: PredictResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the result as one JSON object in UTF-8; ``options`` change nothing, the format has no language."""
    del options
    rows = ",\n    ".join(json.dumps(_row(each), ensure_ascii=False) for each in result.results)
    text = f'{{\n  "schema": "{PREDICT_SCHEMA_ID}",\n  "results": [\n    {rows}\n  ]'
    if result.notes:
        text += f',\n  "notes": {json.dumps(list(result.notes), ensure_ascii=False)}'
    out.write((text + "\n}\n").encode("utf-8", "backslashreplace"))


def _row(each: Prediction) -> dict[str, Any]:
    row: dict[str, Any] = {key: getattr(each, key) for key in KEYS}
    return row | {"detail": dict(each.detail), "growth": [asdict(step) for step in each.growth]}


def write_csv(result: PredictResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the results as CSV (RFC 4180 quoting, one header line): the plain members, without detail and growth."""
    del options
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(KEYS)
    writer.writerows([_plain(getattr(each, key)) for key in KEYS] for each in result.results)
    out.write(text.getvalue().encode("utf-8", "backslashreplace"))


def _plain(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value
