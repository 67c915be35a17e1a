"""Why objects of a heap are alive. Part of :mod:`goxray.api`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goxray.api_look import look_at
from goxray.core.heap_result import WhyResult
from goxray.heap.graph_tables import stored_analysis
from goxray.heap.reasons import Reasons
from goxray.store.snapshot import is_snapshot, open_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from goxray.core.result import BuildInfo, Consistency, Fault, TargetInfo
    from goxray.heap.analysis import Analysis


def why(
    target: str,
    what: str,
    *,
    exe: str | None = None,
    paths: int = 5,
    freeze: bool = True,
    allow_unverified: bool = False,
    progress: Callable[[str, float], None] | None = None,
) -> WhyResult:
    """Say why objects are alive: the shortest paths from the roots, and what cutting them would free.

    Args:
        target: a pid, or the path of a core file or snapshot.
        what: an object's address (``0xc000012345``) or a Go type (``main.Session``, ``*main.Session``).
        exe: the executable, where the target's own cannot be found.
        paths: at most so many.
        freeze: stop the process while it is read; without, the result is ``racy``.
        allow_unverified: read builds whose layout nobody has verified.
        progress: is told what goes on, with the share done, 0 to 1.

    Raises:
        UsageError: there is no such object or type.
        GoxrayError: the target cannot be opened or read.
    """
    tell = progress or (lambda _text, _share: None)
    if is_snapshot(target):
        with open_snapshot(target) as opened:
            known = opened.manifest
            analysis = stored_analysis(opened)
            about = _About(known.target, known.build, known.consistency, known.freeze_ms, known.unverified)
            return _answer(about, analysis, what, paths, list(known.notes), list(known.faults))
    with look_at(target, exe=exe, freeze=freeze, allow_unverified=allow_unverified, tell=tell, words=True) as look:
        tell("searching paths", 0.95)
        about = _About(look.target, look.build, look.consistency, look.freeze_ms, look.unverified)
        return _answer(about, look.analysis, what, paths, look.notes, look.faults)


class _About:
    """What every result says of its target."""

    def __init__(
        self, target: TargetInfo, build: BuildInfo, consistency: Consistency, freeze_ms: float, unverified: bool
    ) -> None:
        self.target = target
        self.build = build
        self.consistency: Consistency = consistency
        self.freeze_ms = freeze_ms
        self.unverified = unverified


def _answer(
    about: _About, analysis: Analysis, what: str, limit: int, notes: list[str], faults: list[Fault]
) -> WhyResult:
    reasons = Reasons(analysis)
    numbers, addr = reasons.find(what)
    alive = numbers[reasons.reached(numbers)]
    shown = alive if len(alive) else numbers
    names = analysis.names
    return WhyResult(
        target=about.target,
        build=about.build,
        consistency=about.consistency,
        freeze_ms=about.freeze_ms,
        asked=what,
        subject_addr=addr,
        subject_type=names.types[names.type_of[int(shown[0])]] if len(shown) else what,
        objects=len(shown),
        bytes=int(analysis.objects.sizes(shown).sum()),
        retained_bytes=reasons.retained(alive) if len(alive) else 0,
        reachable=bool(len(alive)),
        paths=reasons.paths(alive, limit) if len(alive) else [],
        faults=faults,
        notes=notes,
        unverified=about.unverified,
    )
