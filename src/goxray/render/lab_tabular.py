"""``goxray lab run --format csv``: a row a claim and version."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, BinaryIO

from goxray.render.json_lab import DECIDING_KEYS, VERDICT_KEYS, evidence_row, verdict_row
from goxray.render.safe import printable

if TYPE_CHECKING:
    from goxray.core.lab_result import LabResult
    from goxray.render.options import RenderOptions

_PLAIN = tuple(key for key in VERDICT_KEYS if key != "deciding")
_MORE = ("arm", "case", "predicted", "reason", "go_line")
COLUMNS = (*_PLAIN, *DECIDING_KEYS, *_MORE)


def write_csv(result: LabResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the verdicts as CSV (RFC 4180 quoting, one header line); absent values are empty."""
    del options
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in result.verdicts:
        said, behind = verdict_row(row), evidence_row(row)
        figure = said["deciding"] or {}
        cells = [
            *(said[key] for key in _PLAIN),
            *(figure.get(key) for key in DECIDING_KEYS),
            *(behind[key] for key in _MORE),
        ]
        writer.writerow([_plain(cell) for cell in cells])
    out.write(text.getvalue().encode("utf-8", "backslashreplace"))


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return f"{value:.12g}"
    return printable(value) if isinstance(value, str) else value
