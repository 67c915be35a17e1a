"""The other lines of the runtime: the scavenger's (scvg, scav), the pacer's, ``GC forced``. In every form they had.

Sources: ``scvg`` (with gctrace): runtime/mheap.go ``scavenge`` (Go 1.5 to 1.12, ``scvgN``; N is -1 for
debug.FreeOSMemory), ``scavengeAll`` and mgcscavenge.go ``bgscavenge`` (1.13: ``scvg``, ``forced scvg``). ``scav`` (with
scavtrace): ``printScavTrace`` (1.14; with a generation 1.15 to 1.18; with what allocations released 1.21 on). Pacer:
``startCycle``, ``endCycle`` in mgc.go, from 1.17 on mgcpacer.go, and the end of sweeping in mgcsweep.go. Floats are
printed by ``printfloat64`` in runtime/print.go: ``+1.500000e+000`` to Go 1.25, the shortest form from 1.26 on.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from goxray.core.gctrace_result import PacerLine, Scavenge

if TYPE_CHECKING:
    from collections.abc import Mapping

_N = r"(?:0|[1-9]\d{0,17})"
_I = r"(?:0|-?[1-9]\d{0,18})"
_F = r"(?:[+-]\d\.\d{6}e[+-]\d{3}|-?(?:0|[1-9]\d{0,20})(?:\.\d{1,25})?(?:e[+-]\d{2,3})?|NaN|[+-]Inf)"


def _expression(form: str) -> re.Pattern[str]:
    """Make an expression of a form in which ``{name}`` is a number, ``{name:i}`` a signed one, ``{name:f}`` a float."""
    parts = re.split(r"\{(\w+)(?::(\w))?\}", form)
    made = re.escape(parts[0])
    for place in range(1, len(parts), 3):
        kind = {"i": _I, "f": _F}.get(parts[place + 1] or "", _N)
        made += f"(?P<{parts[place]}>{kind})" + re.escape(parts[place + 2])
    return re.compile(made)


_SCVG_SIZES = (
    "inuse: {inuse_mb}, idle: {idle_mb}, sys: {sys_mb}, released: {released_total_mb}, consumed: {consumed_mb} (MB)"
)
_SCVG = tuple(
    (head.startswith("forced"), _expression(head + tail))
    for head in ("scvg{number:i}: ", "forced scvg: ", "scvg: ")
    for tail in (_SCVG_SIZES, "{released_mb} MB released")
)
_SCAV = tuple(
    _expression(form)
    for form in (
        "scav {work_kib} KiB work (bg), {eager_kib} KiB work (eager), {total_kib} KiB now, {util_percent}% util",
        "scav {work_kib} KiB work, {total_kib} KiB total, {util_percent}% util",
        "scav {number} {work_kib} KiB work, {total_kib} KiB total, {util_percent}% util",
    )
)
_SCAV_ENDS = {"": (False, False), " (forced)": (True, False), " [controller reset]": (False, True)}

_PacerKind = Literal["assist", "cycle", "cost", "sweep"]
_PACER: tuple[tuple[_PacerKind, re.Pattern[str]], ...] = (
    ("assist", _expression("pacer: assist ratio={assist_ratio:f} (scan {scan_mb} MB in {heap_mb}->{goal_mb} MB) "
                           "workers={dedicated:i}+{fractional:i}")),
    ("assist", _expression("pacer: assist ratio={assist_ratio:f} (scan {scan_mb} MB in {heap_mb}->{goal_mb} MB) "
                           "workers={dedicated:i}+{fractional:f}")),
    ("cycle", _expression("pacer: H_m_prev={H_m_prev:i} h_t={h_t:f} H_T={H_T:i} h_a={h_a:f} H_a={H_a:i} h_g={h_g:f} "
                          "H_g={H_g:i} u_a={u_a:f} u_g={u_g:f} W_a={W_a:i} goalΔ={goal_delta:f} "
                          "actualΔ={actual_delta:f} u_a/u_g={u_ratio:f}")),
    ("cost", _expression("pacer: {cpu_percent:i}% CPU ({cpu_expected:i} exp.) for {heap_work:i}+{stack_work:i}+"
                         "{globals_work:i} B work ({work_expected:i} B exp.) in {trigger:i} B -> {live:i} B "
                         "(∆goal {goal_delta:i}, cons/mark {cons_mark:f})")),
    ("sweep", _expression("pacer: sweep done at heap size {heap_mb}MB; allocated {allocated_mb}MB during sweep; "
                          "swept {pages:i} pages at {pages_per_byte:f} pages/byte")),
    ("sweep", _expression("pacer: sweep done at heap size {heap_mb}MB; allocated {spans_mb}MB of spans; "
                          "swept {pages:i} pages at {pages_per_byte:f} pages/byte")),
)  # fmt: skip
_RESET = "[controller reset]"

GC_FORCED = "GC forced"
"""What the runtime prints when it has collected nothing for two minutes and begins a cycle for that."""


def read_scavenge(text: str, line: int) -> Scavenge | None:
    """Read a scavenger's line, None where it is none that any version prints."""
    for forced, expression in _SCVG:
        if match := expression.fullmatch(text):
            figures = _figures(match)
            fits = _subtracts(figures)
            return Scavenge(line, -1, "scvg", figures, forced or figures.get("number") == -1) if fits else None
    for expression in _SCAV:
        match = expression.match(text)
        end = _SCAV_ENDS.get(text[match.end() :]) if match else None
        if match and end is not None:
            return Scavenge(line, -1, "scav", _figures(match), *end)
    return None


def _figures(match: re.Match[str]) -> dict[str, int]:
    return {name: int(value) for name, value in match.groupdict().items()}


def _subtracts(figures: Mapping[str, int]) -> bool:
    """Return whether consumed is sys - released, as it is printed, each cut down to whole MB."""
    if "sys_mb" not in figures:
        return True
    return figures["sys_mb"] - figures["released_total_mb"] - figures["consumed_mb"] in (0, 1)


def read_pacer(text: str, line: int) -> PacerLine | None:
    """Read a pacer's line, None where it is none that any version prints."""
    reset = text.endswith(_RESET)
    bare = text.removesuffix(_RESET)
    for kind, expression in _PACER:
        match = expression.fullmatch(bare)
        if match is not None and (kind == "cost" or not reset):
            figures = {name: _number(value) for name, value in match.groupdict().items()}
            return PacerLine(line, -1, kind, figures, reset)
    return None


def _number(text: str) -> float:
    return int(text) if text.lstrip("-").isdigit() else float(text)
