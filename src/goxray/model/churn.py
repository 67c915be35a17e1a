"""The steps of a map's life as people write them: ``insert 1e6; delete 95%; clear; insert 2e5``."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import cast

from goxray.core.errors import UsageError
from goxray.core.units import format_count
from goxray.model.steps import Step, StepKind

MOST_ENTRIES = 10**12
"""More entries fit into no 48-bit address space, whatever the types."""

_COUNT = re.compile(
    r"(?P<number>\d[\d_,]*(?:\.\d+)?)(?:e(?P<power>\d{1,3}))?(?P<unit>[kmgt]?)", re.IGNORECASE | re.ASCII
)
_PERCENT = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*%", re.ASCII)
_POWERS = {"": 0, "k": 3, "m": 6, "g": 9, "t": 12}
_KINDS = ("insert", "delete", "clear")
_HOW = "write a count as 5e6, 5_000_000 or 5M"
_STEPS = "write steps as 'insert 1e6; delete 95%; clear; insert 2e5'"


def parse_count(text: str, what: str = "count") -> int:
    """Read a number of entries: ``5e6``, ``5_000_000``, ``5,000,000``, ``5M``, ``1.5k``.

    Args:
        text: what was typed.
        what: what it is for, for the message.

    Raises:
        UsageError: it is no such number, not whole, negative or too large.
    """
    match = _COUNT.fullmatch(text.strip())
    if match is None:
        if re.fullmatch(r"-[\d_,.]+(e\d+)?[kmgt]?", text.strip(), re.IGNORECASE):
            raise UsageError(f"the {what} must not be negative: {text.strip()}", hint=_HOW)
        raise UsageError(f"not a {what}: {text.strip()!r}", hint=_HOW)
    power = int(match["power"] or 0) + _POWERS[match["unit"].lower()]
    number = Decimal(match["number"].replace("_", "").replace(",", "")) * Decimal(10) ** power
    if number > MOST_ENTRIES:
        raise UsageError(
            f"the {what} is too large: {text.strip()}",
            hint=f"at most {format_count(MOST_ENTRIES)} entries: more fit into no address space",
        )
    if number != int(number):
        raise UsageError(f"not a whole {what}: {text.strip()!r}", hint=_HOW)
    return int(number)


def parse_churn(text: str, present: int = 0) -> tuple[Step, ...]:
    """Read the steps that follow on ``present`` entries.

    Each is ``insert COUNT`` (keys that the map does not hold), ``delete COUNT`` or ``delete PERCENT%`` (of the entries
    present at that point, random ones), ``clear``. Semicolons part them.

    Raises:
        UsageError: a step makes no sense; the message names it and the word in it.
    """
    steps = []
    for place, part in enumerate(_parts(text), 1):
        step = _step(part, place, present)
        present = 0 if step.kind == "clear" else present + step.count * (1 if step.kind == "insert" else -1)
        if present > MOST_ENTRIES:
            raise UsageError(
                f"step {place} ({part}) makes the map too large",
                hint=f"at most {format_count(MOST_ENTRIES)} entries: more fit into no address space",
            )
        steps.append(step)
    return tuple(steps)


def _parts(text: str) -> list[str]:
    parts = [" ".join(part.split()) for part in text.split(";")]
    while parts and not parts[-1]:
        parts.pop()
    if not parts:
        raise UsageError("the churn has no steps", hint=_STEPS)
    for place, part in enumerate(parts, 1):
        if not part:
            raise UsageError(f"step {place} is empty", hint=_STEPS)
    return parts


def _step(part: str, place: int, present: int) -> Step:
    words = part.split()
    kind = words[0].lower()
    if kind not in _KINDS:
        raise UsageError(f"step {place}: {words[0]!r} is not one of {', '.join(_KINDS)}", hint=_STEPS)
    rest = " ".join(words[1:])
    if kind == "clear":
        if rest:
            raise UsageError(f"step {place}: clear takes no {rest!r}", hint=_STEPS)
        return Step("clear", 0, part)
    if not rest:
        raise UsageError(f"step {place}: {kind} what? A count is missing behind {words[0]!r}", hint=_STEPS)
    count = _amount(rest, kind, place, present)
    if kind == "delete" and count > present:
        raise UsageError(
            f"step {place}: cannot delete {format_count(count)} of {format_count(present)} entries", hint=_STEPS
        )
    return Step(cast(StepKind, kind), count, part)


def _amount(text: str, kind: str, place: int, present: int) -> int:
    match = _PERCENT.fullmatch(text)
    if match is not None:
        share = Decimal(match["number"])
        if kind == "delete" and share > 100:
            raise UsageError(f"step {place}: cannot delete {text} of the entries", hint=_STEPS)
        count = int((present * share / 100).to_integral_value())
        if count > MOST_ENTRIES:
            raise UsageError(f"step {place}: {text} of the entries are too many", hint=_STEPS)
        return count
    try:
        return parse_count(text)
    except UsageError as error:
        raise UsageError(f"step {place}: {error}", hint=error.hint or _STEPS) from error
