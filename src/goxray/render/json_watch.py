"""``goxray gc watch --format json``: the schema ``goxray.watch/1``, stable in its keys and their meaning."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, BinaryIO

from goxray.core.watch_result import WATCH_COLUMNS, WATCH_SCHEMA_ID
from goxray.render import watch_story as story
from goxray.render.timeline_story import finding_words

if TYPE_CHECKING:
    from goxray.core.watch_result import WatchResult
    from goxray.render.options import RenderOptions
    from goxray.render.words import Lang

_WHOLE = frozenset({"bytes", "count", "ns"})


def write_json(result: WatchResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the recording as one JSON object in UTF-8, a column a line; only notes and findings are in a language."""
    whole = document(result, options.lang)
    columns = [f"  {json.dumps(name)}: {json.dumps(values)}" for name, values in whole["samples"].items()]
    head, _, tail = json.dumps({**whole, "samples": None}, ensure_ascii=False, indent=1).partition('"samples": null')
    out.write("".join([head, '"samples": {\n', ",\n".join(columns), "\n }", tail, "\n"]).encode())


def document(result: WatchResult, lang: Lang) -> dict[str, Any]:
    """Return the document: head, samples as columns, cycles, findings."""
    return {
        **header(result),
        "samples": {
            **{name: column(result, name) for name in WATCH_COLUMNS},
            "phase": list(result.phases),
            "agreement": list(result.agreement),
        },
        "cycles": [asdict(cycle) for cycle in result.cycles],
        "findings": [
            {**asdict(finding), "figures": dict(finding.figures), "text": finding_words(finding, lang).title}
            for timeline in result.timelines
            for finding in timeline.findings
        ],
        "notes": story.notes(result, lang),
    }


def header(result: WatchResult) -> dict[str, Any]:
    """Return what stands before the samples."""
    timeline = result.timelines[0]
    return {
        "schema": WATCH_SCHEMA_ID,
        **({"unverified": True} if result.unverified else {}),
        "target": asdict(result.target),
        "build": {**asdict(result.build), "experiments": list(result.build.experiments)},
        "zero": timeline.zero,
        "zero_unix_s": timeline.zero_unix_s,
        "interval_s": result.interval_s,
        "elapsed_s": result.elapsed_s,
        "ended": result.ended,
        "cycles_before": result.cycles_before,
        "cycles_lost": result.cycles_lost,
        "group": asdict(result.group) if result.group else None,
        "cost": asdict(result.cost),
    }


def column(result: WatchResult, name: str) -> list[float | int | None]:
    """Return a column's values: whole numbers for bytes, counts and nanoseconds, null for what is not known."""
    whole = WATCH_COLUMNS[name] in _WHOLE
    values: list[float] = result.columns[name].tolist()
    return [None if math.isnan(value) else int(value) if whole else value for value in values]
