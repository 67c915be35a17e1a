"""``goxray advise`` for the interfaces: what to change in a program, and what that gains."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from goxray.advise.evidence import Evidence
from goxray.advise.findings import find
from goxray.advise.gather import key_boxes, map_groups, pinned_strings, pools
from goxray.advise.prices import Prices
from goxray.core.advise_result import AdviseResult
from goxray.layout import layout_for
from goxray.maps.stored import stored_rows
from goxray.store.snapshot import is_snapshot, open_snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goxray.api_look import HeapLook
    from goxray.core.result import Fault

    Progress = Callable[[str, float], None]

__all__ = ["advise"]


def advise(
    target: str,
    *,
    exe: str | None = None,
    go: Sequence[str] = (),
    limit: int | None = None,
    min_gain: int = 0,
    freeze: bool = True,
    allow_unverified: bool = False,
    progress: Progress | None = None,
) -> AdviseResult:
    """Say what to change in a Go program so that it needs less memory, the biggest gain first.

    Args:
        target: a pid, the path of a core file, of a snapshot, or of a heap profile.
        exe: the executable, where the target's own cannot be found.
        go: the Go versions of the forecast, as ``1.27`` or ``1.25:noswissmap``; none: every line that is known.
        limit: at most so many findings; None for all.
        min_gain: leave out findings that gain fewer bytes.
        freeze: stop the process while it is read.
        allow_unverified: read builds whose layout nobody has verified.
        progress: is told what goes on, with the share done, 0 to 1.

    Raises:
        GoxrayError: the target cannot be opened or read; the message says why and the hint what to do.
    """
    tell = progress or (lambda _text, _share: None)
    if is_snapshot(target):
        return _of_snapshot(target, min_gain, limit)
    from goxray.api_look import look_at

    with look_at(target, exe=exe, freeze=freeze, allow_unverified=allow_unverified, tell=tell, detail=True) as look:
        tell("working out advice", 0.9)
        return _of_look(target, look, min_gain, limit)


def _of_look(target: str, look: HeapLook, min_gain: int, limit: int | None) -> AdviseResult:
    from goxray.heap.heap_tables import HeapTables

    runtime, rows = look.runtime, look.maps
    owners = HeapTables(look.analysis).owners()
    pooled = pools(owners.column("owner").to_pylist(), runtime.globals())
    evidence = Evidence(
        runtime.layout,
        map_groups(rows, rows.types, pooled),
        pinned_strings(look.collections.tables()[0]),
        key_boxes(owners),
    )
    findings = find(evidence, Prices(runtime.layout), min_gain=min_gain)
    return AdviseResult(
        target=look.target.exe,
        source=look.target.kind,
        go_version=look.build.go_version,
        goarch=look.build.goarch,
        findings=findings[:limit],
        notes=look.notes,
        faults=_said(look.faults),
        unverified=look.unverified,
        findings_total=len(findings),
    )


def _said(faults: Sequence[Fault]) -> list[str]:
    return [f"{fault.addr:#x}: {fault.what}" if fault.addr else fault.what for fault in faults]


def _of_snapshot(path: str, min_gain: int, limit: int | None) -> AdviseResult:
    with open_snapshot(path) as opened:
        manifest = opened.manifest
        build = manifest.build
        layout = layout_for(build.go_version, build.goarch, build.experiments, allow_unverified=manifest.unverified)
        rows = stored_rows(opened.table("maps"))
        owners = opened.table("owners") if "owners" in opened else None
        collections = opened.table("collections") if "collections" in opened else None
    names = owners.column("owner").to_pylist() if owners is not None else []
    evidence = Evidence(
        layout, map_groups(rows, [None] * len(rows.types), pools(names)), pinned_strings(collections), key_boxes(owners)
    )
    findings = find(evidence, Prices(layout), min_gain=min_gain)
    return AdviseResult(
        target=manifest.target.exe,
        source="snapshot",
        go_version=build.go_version,
        goarch=build.goarch,
        findings=findings[:limit],
        notes=[f"from the snapshot {path}, taken at {manifest.taken_at}", *manifest.notes],
        faults=_said(manifest.faults),
        unverified=manifest.unverified,
        findings_total=len(findings),
    )
