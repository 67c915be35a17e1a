"""``goxray timeline --format csv`` and ``parquet``: everything on the axes in one long table, a row a fact.

Columns: ``process``; ``kind`` (series, interval, moment, finding, check); ``track`` (of events; a finding's severity, a
check's verdict); ``name``; ``start_s`` and ``end_s`` (null: one moment); ``value`` and ``unit`` (of series);
``source``; ``detail`` (a JSON object, of what is no series; of a check the other source and its value).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from goxray.core.timeline_result import TIMELINE_SCHEMA_ID
from goxray.render.tabular import csv_table, parquet_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa

    from goxray.core.timeline_result import HasTimelines, Timeline
    from goxray.render.options import RenderOptions

COLUMNS = ("process", "kind", "track", "name", "start_s", "end_s", "value", "unit", "source", "detail")


def write_csv(result: HasTimelines, out: BinaryIO, options: RenderOptions) -> None:
    """Write the table as CSV."""
    del options
    csv_table(table_of(result), out)


def write_parquet(result: HasTimelines, out: BinaryIO, options: RenderOptions) -> None:
    """Write the table as a Parquet file."""
    del options
    parquet_table(table_of(result), out)


def table_of(result: HasTimelines) -> pa.Table:
    """Return the table."""
    import pyarrow as pa

    schema = pa.schema(
        [(name, pa.float64() if name in ("start_s", "end_s", "value") else pa.string()) for name in COLUMNS],
        metadata={"schema": TIMELINE_SCHEMA_ID},
    )
    parts = [part for timeline in result.timelines for part in _parts(timeline)]
    tables = [pa.table({name: _column(name, part) for name in COLUMNS}, schema=schema) for part in parts]
    return pa.concat_tables(tables) if tables else schema.empty_table()


def _column(name: str, part: Mapping[str, Any]) -> Any:
    """Return a column of a part: one value for each row of ``start_s``."""
    import pyarrow as pa

    kind = pa.float64() if name in ("start_s", "end_s", "value") else pa.string()
    count = len(part["start_s"])
    value = part.get(name)
    if value is None or isinstance(value, str):
        return pa.array([value] * count, kind)
    return pa.array(value, kind, mask=~np.isfinite(value)) if isinstance(value, np.ndarray) else pa.array(value, kind)


def _parts(timeline: Timeline) -> Iterator[dict[str, Any]]:
    """Yield the rows of a process, in parts: a column is one value for all rows of its part, or one for each."""
    of = {"process": timeline.process}
    for series in timeline.series:
        yield {
            **of, "kind": "series", "name": series.name, "start_s": series.t_s, "value": series.values,
            "unit": series.unit, "source": series.source,
        }  # fmt: skip
    yield {
        **of,
        "kind": "interval",
        "track": [each.track for each in timeline.intervals],
        "name": [each.name for each in timeline.intervals],
        "start_s": [each.start_s for each in timeline.intervals],
        "end_s": [each.end_s for each in timeline.intervals],
        "source": [each.source for each in timeline.intervals],
        "detail": [_detail(each.detail) for each in timeline.intervals],
    }
    yield {
        **of,
        "kind": "moment",
        "track": [each.track for each in timeline.moments],
        "name": [each.name for each in timeline.moments],
        "start_s": [each.at_s for each in timeline.moments],
        "source": [each.source for each in timeline.moments],
        "detail": [_detail(each.detail) for each in timeline.moments],
    }
    yield {
        **of,
        "kind": "finding",
        "track": [each.severity for each in timeline.findings],
        "name": [each.rule for each in timeline.findings],
        "start_s": [each.start_s for each in timeline.findings],
        "end_s": [each.end_s for each in timeline.findings],
        "detail": [_detail(each.figures) for each in timeline.findings],
    }
    yield {
        **of,
        "kind": "check",
        "track": [each.verdict for each in timeline.checks],
        "name": [each.figure for each in timeline.checks],
        "start_s": [None] * len(timeline.checks),
        "value": np.array([each.value for each in timeline.checks], np.float64),
        "source": [each.one for each in timeline.checks],
        "detail": [_detail({"other": each.other, "other_value": each.other_value}) for each in timeline.checks],
    }


def _detail(detail: Mapping[str, float | str]) -> str | None:
    known = {name: value for name, value in detail.items() if isinstance(value, str) or np.isfinite(value)}
    return json.dumps(known, ensure_ascii=False) if known else None
