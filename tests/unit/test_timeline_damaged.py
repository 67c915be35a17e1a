"""goxray's own JSON with anything in it: one clear line, or a result that every format can be written of."""

from __future__ import annotations

import copy
import io
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from phases_samples import dropped
from timeline_samples import joined
from trace_samples import trace_result
from watch_samples import recording

from goxray import api
from goxray.core.errors import GoxrayError
from goxray.render import FORMATS_OF, write
from goxray.render.options import RenderOptions

LOG = Path(__file__).parents[1] / "corpus" / "gctrace" / "go1.27.3.log"
ODD: list[Any] = [None, "x", -1, 1e308, float("nan"), [], {}, [1], [[1]], {"a": 1}, True, 10**30, "0x12"]
FIRST = 6  # members of a list that are looked at: the rest are like them


def document(command: str) -> Any:
    result = {
        "watch": recording, "trace": trace_result, "phases": dropped, "timeline": joined,
        "gctrace": lambda: api.gc_read(str(LOG)),
    }[command]()  # fmt: skip
    out = io.BytesIO()
    write(result, "json", out, RenderOptions(), command)
    return json.loads(out.getvalue())


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    members = value.items() if isinstance(value, dict) else enumerate(value[:FIRST]) if isinstance(value, list) else ()
    for name, member in members:
        yield (*place, name)
        yield from places(member, (*place, name))


def damaged(whole: Any, chance: random.Random) -> Any:
    told = copy.deepcopy(whole)
    *way, last = chance.choice([place for place in places(told) if place != ("schema",)])
    holder = told
    for name in way:
        holder = holder[name]
    if isinstance(holder, dict) and chance.random() < 0.25:
        holder.pop(last)
    else:
        holder[last] = chance.choice(ODD)
    return told


@pytest.mark.parametrize("command", ["watch", "trace", "phases", "timeline", "gctrace"])
def test_anything_in_a_file_is_refused_or_can_be_shown(command: str, tmp_path: Path) -> None:
    whole = document(command)
    path = tmp_path / "own.json"
    path.write_text(json.dumps(whole))
    assert api.timeline([str(path)]).timelines
    refused = 0
    for seed in range(40):
        path.write_text(json.dumps(damaged(whole, random.Random(seed))))
        try:
            result = api.timeline([str(path)])
        except GoxrayError as error:
            refused += 1
            assert str(path) in str(error) and "\n" not in str(error) and error.hint
            continue
        for fmt in FORMATS_OF["timeline"]:
            write(result, fmt, io.BytesIO(), RenderOptions(), "timeline")
    assert refused > 3
