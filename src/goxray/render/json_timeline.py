"""``goxray timeline --format json``: the schema ``goxray.timeline/1``, stable in its keys and their meaning."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, BinaryIO

from goxray.core.timeline_json import encode
from goxray.core.timeline_result import TIMELINE_SCHEMA_ID
from goxray.render import timeline_join_story as joined
from goxray.render.timeline_notes import notes_of
from goxray.render.timeline_story import check_why, finding_words

if TYPE_CHECKING:
    from goxray.core.joined_result import TimelineResult
    from goxray.core.timeline_result import Timeline
    from goxray.render.options import RenderOptions
    from goxray.render.words import Lang


def write_json(result: TimelineResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the result as one JSON object in UTF-8; only notes and the texts of findings and checks are in a language.

    Each series, interval and moment stands on a line of its own.
    """
    head = {
        "schema": TIMELINE_SCHEMA_ID,
        "sources": [asdict(source) for source in result.sources],
        "notes": [joined.note(each, options.lang) for each in result.notes],
    }
    out.write(_encoded(head, 1).removesuffix(b"\n}") + b',\n "processes": [')
    for place, timeline in enumerate(result.timelines):
        out.write(b"\n" if place == 0 else b",\n")
        _write_process(_process(timeline, options.lang), out)
    out.write(b"\n ]\n}\n")


def _process(timeline: Timeline, lang: Lang) -> dict[str, Any]:
    """Return a timeline with the words of its findings and checks."""
    told = encode(timeline)
    told["notes"] = notes_of(timeline, lang)
    for shown, finding in zip(told["findings"], timeline.findings, strict=True):
        words = finding_words(finding, lang)
        shown["text"] = {"title": words.title, "why": words.why, "do": words.do}
    for shown, check in zip(told["checks"], timeline.checks, strict=True):
        shown["text"] = check_why(check, lang)
    return told


def _write_process(told: dict[str, Any], out: BinaryIO) -> None:
    out.write(b"  {")
    for place, (name, value) in enumerate(told.items()):
        out.write((b",\n   " if place else b"\n   ") + _encoded(name) + b": ")
        if isinstance(value, list) and value and isinstance(value[0], dict):
            out.write(b"[\n    " + b",\n    ".join(map(_encoded, value)) + b"\n   ]")
        else:
            out.write(_encoded(value))
    out.write(b"\n  }")


def _encoded(value: Any, indent: int | None = None) -> bytes:
    text = json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False)
    return text.encode("utf-8", "backslashreplace")
