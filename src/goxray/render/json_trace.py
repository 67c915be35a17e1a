"""``goxray trace --format json``: the schema ``goxray.trace/1``, stable in its keys and their meaning."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from goxray.core.trace_result import EVENTS, TRACE_SCHEMA_ID, TRIGGERS
from goxray.render import trace_story as tale

if TYPE_CHECKING:
    from collections.abc import Iterator

    from goxray.core.trace_result import TraceResult
    from goxray.render.options import RenderOptions

_AT_ONCE = 10_000


def write_json(result: TraceResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the result as one JSON object in UTF-8, one event a line; only the notes are in a language."""
    head = json.dumps(header(result, options), ensure_ascii=False, indent=1)
    out.write(head.removesuffix("\n}").encode("utf-8", "backslashreplace") + b',\n "events": [')
    first = True
    for lines in _events(result):
        out.write((b"\n" if first else b",\n") + lines.encode("utf-8", "backslashreplace"))
        first = False
    out.write(b"\n ]\n}\n")


def header(result: TraceResult, options: RenderOptions) -> dict[str, Any]:
    """Return everything but the events."""
    rows = tale.event_rows(result)
    return {
        "schema": TRACE_SCHEMA_ID,
        **({"unverified": True} if result.unverified else {}),
        "target": {"kind": result.target.kind, "pid": result.target.pid, "exe": result.target.exe},
        "build": {
            "go_version": result.build.go_version,
            "goos": result.build.goos,
            "goarch": result.build.goarch,
            "experiments": list(result.build.experiments),
        },
        "zero": result.zero,
        "zero_unix_s": result.timelines[0].zero_unix_s if result.timelines else None,
        "from_start": result.from_start,
        "start_s": result.start_s,
        "end_s": result.end_s,
        "ending": result.ending,
        "exit_code": result.exit_code,
        "counts": {row.event: row.count for row in rows},
        "lost": {row.event: row.lost for row in rows},
        "throttled": result.throttled,
        "probes": [asdict(probe) for probe in result.probes],
        "notes": tale.notes(result, options.lang),
    }


def _events(result: TraceResult) -> Iterator[str]:
    """Yield the lines of events, many at a time; what an event does not have is null."""
    events = result.events
    for begin in range(0, len(events), _AT_ONCE):
        part = slice(begin, begin + _AT_ONCE)

        def texts(places: np.ndarray, names: tuple[str, ...], part: slice = part) -> list[str | None]:
            return [names[place] if place >= 0 else None for place in places[part].tolist()]

        def addresses(values: np.ndarray, part: slice = part) -> list[str | None]:
            return [f"{value:#x}" if value else None for value in values[part].tolist()]

        def counts(values: np.ndarray, part: slice = part) -> list[int | None]:
            return [value if value >= 0 else None for value in values[part].tolist()]

        columns: dict[str, list[Any]] = {
            "t_s": np.round(events.t_s[part], 9).tolist(),
            "event": texts(events.event, EVENTS),
            "thread": events.thread[part].tolist(),
            "map": addresses(events.map),
            "owner": [result.owners.get(addr) for addr in events.map[part].tolist()],
            "type": texts(events.type, events.types),
            "table": addresses(events.table),
            "old_slots": counts(events.old_slots),
            "new_slots": counts(events.new_slots),
            "bucket": counts(events.bucket),
            "addr": addresses(events.addr),
            "bytes": counts(events.bytes),
            "trigger": texts(events.trigger, TRIGGERS),
        }
        rows = zip(*columns.values(), strict=True)
        yield ",\n".join("  " + json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False) for row in rows)
