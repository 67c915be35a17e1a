"""``goxray trace --format csv`` and ``parquet``: one row an event, the same columns and names in both."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from goxray.core.trace_result import EVENTS, TRACE_SCHEMA_ID, TRIGGERS
from goxray.render.json_trace import header
from goxray.render.tabular import csv_table, parquet_table

if TYPE_CHECKING:
    import pyarrow as pa

    from goxray.core.trace_result import TraceResult
    from goxray.render.options import RenderOptions


def write_csv(result: TraceResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the events as CSV (RFC 4180 quoting, one header line); absent values are empty."""
    del options
    csv_table(events_table(result), out)


def write_parquet(result: TraceResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the events as a Parquet file; its metadata ``goxray`` is what the JSON says before the events."""
    report = {"schema": TRACE_SCHEMA_ID, "goxray": json.dumps(header(result, options), ensure_ascii=False)}
    parquet_table(events_table(result).replace_schema_metadata(report), out)


def events_table(result: TraceResult) -> pa.Table:
    """Return the events as a table: absent values are null."""
    import pyarrow as pa

    events = result.events

    def names(places: np.ndarray, texts: tuple[str, ...]) -> pa.Array:
        indices = pa.array(places.astype(np.int32), mask=places < 0)
        return pa.DictionaryArray.from_arrays(indices, pa.array(texts, pa.string())).cast(pa.string())

    def present(values: np.ndarray) -> pa.Array:
        return pa.array(values, mask=values == 0 if values.dtype.kind == "u" else values < 0)

    addrs, inverse = np.unique(events.map, return_inverse=True)
    owners = tuple(sorted(set(result.owners.values())))
    place = {name: at for at, name in enumerate(owners)}
    of_map = np.array([place.get(result.owners.get(addr, ""), -1) for addr in addrs.tolist()], np.int64)
    columns = {
        "t_s": pa.array(events.t_s),
        "event": names(events.event, EVENTS),
        "thread": pa.array(events.thread),
        "map": present(events.map),
        "owner": names(of_map[inverse.reshape(-1)], owners),
        "type": names(events.type, events.types),
        "table": present(events.table),
        "old_slots": present(events.old_slots),
        "new_slots": present(events.new_slots),
        "bucket": present(events.bucket),
        "addr": present(events.addr),
        "bytes": present(events.bytes),
        "trigger": names(events.trigger, TRIGGERS),
    }
    if result.unverified:
        columns["unverified"] = pa.array(np.ones(len(events), np.bool_))
    return pa.table(columns)
