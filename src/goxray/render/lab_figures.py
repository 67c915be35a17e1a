"""Figures of the lab as people read them: a value in its unit, its interval, the name of what was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goxray.core.units import format_bytes, format_compact
from goxray.render.safe import printable

if TYPE_CHECKING:
    from goxray.core.lab_result import Deciding, Measured

_EXACT_BYTES = 1 << 20
_COUNTED = 10**15
_TIMES = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns"))
_SECOND = 1e9
_MAIN = "main"


def value_text(value: float, unit: str, *, exact: bool = False) -> str:
    """Return a value with its unit; one that is the same in every trial keeps all digits of its bytes below 1 MiB."""
    if value != value or abs(value) == float("inf"):
        return "-"
    if unit == "bytes":
        whole = exact and value == int(value) and abs(value) < _EXACT_BYTES
        return f"{int(value):,} B" if whole else format_bytes(value)
    if unit in ("ns", "s"):
        return _time(value * (_SECOND if unit == "s" else 1))
    if unit in ("ratio", "x", "times"):
        return f"{digits(value)}×"
    if unit in ("percent", "%"):
        return f"{digits(value)}%"
    if unit in ("1", "", "count"):
        return digits(value)
    shown = format_compact(round(value)) if abs(value) >= 10_000 else digits(value)
    return f"{shown} {printable(unit)}"


def digits(value: float) -> str:
    """Return a number: whole ones in full, others with three significant digits."""
    if value == int(value) and abs(value) < _COUNTED:
        return f"{int(value):,}"
    if abs(value) >= 1000:
        return f"{value:,.0f}" if abs(value) < _COUNTED else f"{value:.3g}"
    return f"{value:.3g}"


def _time(nanoseconds: float) -> str:
    size = abs(nanoseconds)
    factor, unit = next(((factor, unit) for factor, unit in _TIMES if size >= factor), _TIMES[-1])
    return f"{digits(float(f'{nanoseconds / factor:.3g}'))} {unit}"


def interval_text(value: float, low: float, high: float, unit: str) -> str:
    """Return a value with the ends of its interval; without them where they read alike."""
    exact = low == high == value
    shown = value_text(value, unit, exact=exact)
    ends = [value_text(end, unit) for end in (low, high)]
    if exact or ends == [shown, shown]:
        return shown
    units = {text.partition(" ")[2] for text in (shown, *ends)}
    if len(units) == 1:
        ends = [end.partition(" ")[0].rstrip("×%") for end in ends]
    return f"{shown} [{ends[0]}, {ends[1]}]"


def figure_text(figure: Deciding) -> str:
    """Return the value of the figure that decides, with its interval."""
    return interval_text(figure.value, figure.low, figure.high, figure.unit)


def figure_name(name: str, arm: str = "", case: str = "") -> str:
    """Return what was measured: ``bytes (hint 1000)``, ``ns: mutex / channel (90% reads)``.

    The arm is named where it is not the only one's name; what both sides of a ratio share is said once.
    """
    upper, divided, lower = name.partition(" / ")
    if divided:
        return printable(_ratio_name(upper, lower, _placed(arm, case)))
    if name.endswith(f" to {case}"):
        case = ""
    return printable(_with(name, _placed(arm, case)))


def _placed(arm: str, case: str) -> list[str]:
    return [part for part in (arm, case) if part and part != _MAIN]


def _with(name: str, place: list[str]) -> str:
    return f"{name} ({', '.join(place)})" if place else name


def _ratio_name(upper: str, lower: str, place: list[str]) -> str:
    """Return the name of a ratio; ``lower`` is a figure's name with its place in parentheses."""
    other, _, rest = lower.partition(" (")
    others = [part for part in rest.removesuffix(")").split(", ") if part and part != _MAIN]
    if other != upper or not others or not place:
        return f"{_with(upper, place)} / {lower}"
    own = [part for part in place if part not in others]
    shared = [part for part in place if part in others]
    if not own:  # the judge leaves out of the lower name what it shares with the upper one
        return f"{_with(upper, place)} / {lower}"
    if len(others) < len(place) and not shared:
        own, shared = place[:1], place[1:]
    against = ", ".join(part for part in others if part not in shared)
    return _with(f"{upper}: {', '.join(own)} / {against}" if against else f"{upper}: {', '.join(own)}", shared)


def name_of(figure: Deciding | Measured) -> str:
    """Return what a figure is of."""
    return figure_name(figure.name, figure.arm, figure.case)
