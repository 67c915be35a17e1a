"""What ``goxray doctor`` found, as text and as JSON (``goxray.doctor/1``)."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.text import Text

from goxray.core.checks import DOCTOR_SCHEMA_ID
from goxray.render.safe import printable
from goxray.render.terminal import make_console
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from goxray.core.checks import Check
    from goxray.render.options import RenderOptions

_STYLES = {"ok": "green", "warn": "yellow", "missing": "bold red"}
_STATUS_WIDTH, _GAP = max(len(status) for status in _STYLES), 2


def render_doctor(checks: Sequence[Check], options: RenderOptions) -> str:
    """Return the checks as text: the verdict in one sentence, then a line a check and how to mend it."""
    console = make_console(options)
    console.print(Text(_verdict(checks, options), style="bold"))
    console.print()
    names = max((len(check.name) for check in checks), default=0)
    indent = _STATUS_WIDTH + _GAP + names + _GAP
    for check in checks:
        head = Text().append(check.status.ljust(_STATUS_WIDTH + _GAP), style=_STYLES[check.status])
        head.append(check.name.ljust(names + _GAP), style="bold")
        body = Text(printable(check.found))
        lines = body.wrap(console, max(console.width - indent, 20))
        for place, line in enumerate(lines):
            console.print(head + line if place == 0 else Text(" " * indent) + line)
        if check.status != "ok":
            _how(console, check, indent, options)
    text = console.file.getvalue() if isinstance(console.file, io.StringIO) else ""
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def _how(console: Console, check: Check, indent: int, options: RenderOptions) -> None:
    needed = Text(say("doctor.needed", options.lang, what=check.needed_for), style="dim")
    console.print(Padding(needed, (0, 0, 0, indent)))
    if check.mend:
        # The command stays on one line of its own so that it can be copied whole.
        command = Text(" " * indent + "$ " + check.mend, style="cyan")
        console.print(command, no_wrap=True, overflow="ignore", crop=False)


def _verdict(checks: Sequence[Check], options: RenderOptions) -> str:
    missing = sum(check.status == "missing" for check in checks)
    warned = sum(check.status == "warn" for check in checks)
    if missing:
        return say("doctor.bad", options.lang, n=missing)
    return say("doctor.some", options.lang, n=warned) if warned else say("doctor.good", options.lang)


def render_doctor_json(checks: Sequence[Check]) -> str:
    """Return the checks as JSON; ``ok`` is whether goxray can do its main job on this machine."""
    report = {
        "schema": DOCTOR_SCHEMA_ID,
        "ok": not any(check.status == "missing" for check in checks),
        "checks": [
            {
                "name": check.name,
                "status": check.status,
                "found": check.found,
                "needed_for": check.needed_for,
                "mend": check.mend,
            }
            for check in checks
        ],
    }
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"
