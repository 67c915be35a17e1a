"""``goxray gc read --format csv`` and ``parquet``: one row a cycle, the JSON's names, lists as columns."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from goxray.core import gctrace_result as g
from goxray.render.json_gctrace import header
from goxray.render.tabular import csv_table, parquet_table

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from goxray.core.gctrace_result import GcTraceResult
    from goxray.render.options import RenderOptions

_TIMES = (
    *((f"clock_{name}_ms", g.CLOCK + place) for place, name in enumerate(g.CLOCK_NAMES)),
    *((f"cpu_{name}_ms", g.CPU + place) for place, name in enumerate(g.CPU_NAMES)),
)
_SIZES = (
    ("heap_start_mb", g.START),
    ("heap_end_mb", g.END),
    ("heap_live_mb", g.LIVE),
    ("goal_mb", g.GOAL),
    ("stacks_mb", g.STACKS),
    ("globals_mb", g.GLOBALS),
    ("procs", g.PROCS),
)
_OLD = (
    ("scan_clock_ms", g.SCAN_CLOCK),
    ("sync_clock_ms", g.SYNC_CLOCK),
    ("scan_cpu_ms", g.SCAN_CPU),
    ("sync_cpu_ms", g.SYNC_CPU),
)


def write_csv(result: GcTraceResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the cycles as CSV; what a version does not print is empty."""
    del options
    csv_table(table(result), out)


def write_parquet(result: GcTraceResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the cycles as a Parquet file; what stands before them in the JSON is its metadata."""
    del options
    parquet_table(table(result), out)


def table(result: GcTraceResult) -> pa.Table:
    """Return the cycles as an Arrow table."""
    import pyarrow as pa

    rows = result.rows

    def whole(column: int) -> pa.Array:
        return pa.array(rows[:, column], pa.int64(), mask=rows[:, column] == g.ABSENT)

    def thousandths(column: int) -> pa.Array:
        return pa.array(rows[:, column] / 1000.0, pa.float64(), mask=rows[:, column] == g.ABSENT)

    def flag(values: NDArray[np.int64]) -> pa.Array:
        return pa.array(values == 1, pa.bool_(), mask=values == g.ABSENT)

    columns: dict[str, pa.Array] = {"n": whole(g.N), "t_s": thousandths(g.T_MS), "cpu_percent": whole(g.PERCENT)}
    columns |= {name: thousandths(column) for name, column in _TIMES}
    columns |= {name: whole(column) for name, column in _SIZES}
    columns["forced"] = flag(np.ascontiguousarray(rows[:, g.FORCED]))
    columns |= {"line": whole(g.LINE), "process": whole(g.PROCESS)}
    columns |= {name: thousandths(column) for name, column in _OLD}
    columns["leak_check"] = flag(np.ascontiguousarray(rows[:, g.LEAK_CHECK]))
    report = json.dumps(header(result))
    return pa.table(columns).replace_schema_metadata({"schema": g.GCTRACE_SCHEMA_ID, "goxray": report})
