"""Module versions as the go command orders them: semantic versions, pseudo-versions, +incompatible."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

_VERSION = re.compile(
    r"v(?P<major>0|[1-9]\d*)(?:\.(?P<minor>0|[1-9]\d*)(?:\.(?P<patch>0|[1-9]\d*))?)?"
    r"(?:-(?P<pre>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+(?P<build>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
)
_PSEUDO = re.compile(r"(?:^|[.-])(?P<time>\d{14})-(?P<commit>[0-9A-Za-z]{12})$")
_GO = re.compile(
    r"(?:go)?(?P<major>\d+)(?:\.(?P<minor>\d+))?(?:\.(?P<patch>\d+))?(?:(?P<kind>alpha|beta|rc)(?P<n>\d+))?"
)
_MOST_DIGITS = 1000

Order = tuple[int, ...]


@dataclass(frozen=True)
class Pseudo:
    """What a pseudo-version tells: the commit's time (UTC, ``20240131120000``) and the first digits of its hash."""

    time: str
    commit: str


def valid(version: str) -> bool:
    """Whether it is a version as modules have them: ``v1.2.3``, ``v0.0.0-20240131120000-abcdefabcdef``."""
    found = _VERSION.fullmatch(version)
    return found is not None and found["patch"] is not None


def pseudo(version: str) -> Pseudo | None:
    """Return what a pseudo-version tells, None for a tag."""
    found = _VERSION.fullmatch(version)
    if found is None or not found["pre"]:
        return None
    parts = _PSEUDO.search(found["pre"])
    return Pseudo(parts["time"], parts["commit"]) if parts else None


@cache
def order(version: str) -> tuple[Order, tuple[tuple[int, int, str], ...], int]:
    """Return a key by which versions sort as semver.org (clause 11) has it; what is no version comes first.

    Build metadata does not count (clause 10), ``+incompatible`` neither.
    """
    found = _VERSION.fullmatch(version)
    if found is None:
        return (-1,), (), 0
    numbers = tuple(_number(found[name] or "0") for name in ("major", "minor", "patch"))
    if not found["pre"]:
        return numbers, (), 1
    return numbers, tuple(_identifier(part) for part in found["pre"].split(".")), 0


def _identifier(part: str) -> tuple[int, int, str]:
    """Numbers before words, numbers by value, words by their letters."""
    return (0, _number(part), "") if part.isdigit() else (1, 0, part)


def _number(digits: str) -> int:
    """Return a number; of more digits than anybody counts, and than Python converts, all are equally large."""
    return int(digits) if len(digits) <= _MOST_DIGITS else 10**_MOST_DIGITS


def newer(left: str, right: str) -> bool:
    """Whether the first version is newer than the second."""
    return _comparable(left) > _comparable(right)


def _comparable(version: str) -> tuple[Order, int, tuple[tuple[int, int, str], ...]]:
    numbers, pre, release = order(version)
    return numbers, release, pre


def newest(versions: list[str]) -> str:
    """Return the newest of some versions; empty for none."""
    return max(versions, key=_comparable, default="")


def within(version: str, wanted: str) -> bool:
    """Whether a version is in a range: ``>=v1.2.0, <v2.0.0``, ``v1.4.2``, ``v1`` (every v1), or empty (all).

    Raises:
        ValueError: the range is none; the message names the part.
    """
    return all(_meets(version, part.strip()) for part in wanted.split(",") if part.strip())


_SIGNS = re.compile(r"(?P<sign>>=|<=|>|<|=|)\s*(?P<version>v\S+)")


def _meets(version: str, part: str) -> bool:
    found = _SIGNS.fullmatch(part)
    limit = _VERSION.fullmatch(found["version"]) if found else None
    if found is None or limit is None:
        raise ValueError(f"{part!r} is no version range such as '>=v1.2.0'")
    left, right = _comparable(version), _comparable(found["version"])
    if found["sign"] in ("", "="):
        if limit["patch"] is None:
            return left[0][: 2 if limit["minor"] else 1] == right[0][: 2 if limit["minor"] else 1]
        return left == right
    return {">=": left >= right, "<=": left <= right, ">": left > right, "<": left < right}[found["sign"]]


_LANGUAGES_SINCE = 21
"""Before 1.21 a release line's first release had no third number: ``1.20`` is 1.20.0 (internal/gover.Parse)."""


def go_order(version: str) -> Order:
    """Return a key by which releases of Go sort (go/version.Compare): ``1.21`` before ``1.21rc2`` before ``1.21.0``.

    A line such as ``1.21`` names the language; releases have a third number.
    """
    found = _GO.fullmatch(version)
    if found is None:
        return (-1,)
    line = _number(found["minor"] or "0")
    language = found["patch"] is None and line >= _LANGUAGES_SINCE
    kind = {None: -1 if language else 3, "alpha": 0, "beta": 1, "rc": 2}[found["kind"]]
    return _number(found["major"]), line, kind, _number(found["patch"] or found["n"] or "0")


def older_go(left: str, right: str) -> bool:
    """Whether the first names an older Go than the second (``go1.21.3``, ``1.22``); what names none is no older."""
    first, second = (_GO.match(each.partition(" ")[0]) for each in (left, right))
    if first is None or second is None:
        return False
    return go_order(first[0]) < go_order(second[0])


_INLINED_NAMED_SINCE = "1.16"


def tells_inlined(version: str) -> bool:
    """Whether programs that this Go built name inlined functions in one table with the others (runtime/symtab.go)."""
    return not older_go(version, _INLINED_NAMED_SINCE)


def release_line(version: str) -> str:
    """Return the release line of a Go version: ``1.21`` for ``go1.21.13``, ``1.22rc1`` gives ``1.22``; empty for none.

    What a vendor adds behind (``go1.21.13-fork``, ``go1.24.3 X:aliastypeparams``) does not count.
    """
    found = _GO_LINE.match(version)
    return f"{found['major']}.{found['minor'] or 0}" if found else ""


_GO_LINE = re.compile(r"(?:go)?(?P<major>\d+)(?:\.(?P<minor>\d+))?")

LOOP_VARIABLES_SINCE = go_order("1.22")
"""From this go line on each round of a loop has variables of its own (Go 1.22 release notes)."""


def shares_loop_variables(go_line: str) -> bool:
    """Whether a module with this ``go`` line keeps one loop variable for all rounds; no line means 1.16."""
    return not go_line or go_order(go_line) < LOOP_VARIABLES_SINCE


PRUNED_SINCE = go_order("1.17")
"""From this go line on go.mod lists all that its packages need (Go modules reference, "Module graph pruning")."""


def lists_everything(go_line: str) -> bool:
    """Whether a go.mod with this ``go`` line lists every module that its packages need; none means 1.16."""
    return bool(go_line) and go_order(go_line) >= PRUNED_SINCE


MARKED_SINCE = go_order("1.14")
"""From this go line on vendor/modules.txt marks what go.mod requires (cmd/go/internal/modload, vendor.go)."""


def marks_explicit(go_line: str) -> bool:
    """Whether the vendor/modules.txt of a module with this ``go`` line marks requirements as explicit."""
    return bool(go_line) and go_order(go_line) >= MARKED_SINCE


def names_a_release(version: str) -> bool:
    """Whether it is a release of Go (``1.21.3``, ``1.22rc1``), not the language of a line (``1.22``)."""
    found = _GO.fullmatch(version)
    return found is not None and (found["patch"] is not None or found["kind"] is not None)
