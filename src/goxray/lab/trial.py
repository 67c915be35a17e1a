"""One trial as it is kept: what each process of it printed, and what the kernel says of the process. Raw data."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

from goxray.core.lab_result import Reason


@dataclass(frozen=True)
class Printed:
    """One line that a program printed: a figure of an arm in a case, in ``unit``."""

    arm: str
    case: str
    name: str
    value: float
    unit: str


@dataclass(frozen=True)
class Process:
    """One start of a program. ``arms`` in the order in which they ran.

    ``status`` is its exit status, 128 + n where signal n ended it. ``reason`` is None where it ended as it should;
    ``wall_s`` and ``cpu_s`` are its times, ``max_rss`` its peak of resident memory in bytes, ``loop_ns`` what a fixed
    loop took just before it (how calm the machine was).
    """

    arms: tuple[str, ...]
    status: int
    wall_s: float
    cpu_s: float
    max_rss: int
    loop_ns: int
    printed: tuple[Printed, ...] = ()
    stdout: str = ""
    stderr: str = ""
    reason: Reason | None = None
    detail: str = ""


@dataclass(frozen=True)
class Trial:
    """One pass over all groups of arms, numbered from 0; ``processes`` in the order in which they ran."""

    number: int
    processes: tuple[Process, ...]


def figures(stdout: str) -> tuple[Printed, ...]:
    """Return the figures among a program's output; lines that are none are text, and a torn one is no figure."""
    found = []
    for line in stdout.splitlines():
        if line.startswith("{"):
            printed = _printed(line)
            if printed is not None:
                found.append(printed)
    return tuple(found)


def _printed(line: str) -> Printed | None:
    try:
        values = json.loads(line)
    except ValueError:
        return None
    if not isinstance(values, dict):
        return None
    value = values.get("value")
    texts = [values.get(key, default) for key, default in (("arm", None), ("case", ""), ("name", None), ("unit", None))]
    if isinstance(value, bool) or not isinstance(value, int | float) or not all(isinstance(t, str) for t in texts):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    if not math.isfinite(number):
        return None
    arm, case, name, unit = map(str, texts)
    return Printed(arm, case, name, number, unit)
