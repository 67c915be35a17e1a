"""``goxray advise`` for the interfaces: what to change in a program, and what that gains."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from goxray.advise.evidence import Evidence, Site
from goxray.advise.findings import find
from goxray.advise.forecast import builds, forecast, newest
from goxray.advise.gather import key_boxes, map_groups, pinned_strings, pools
from goxray.advise.prices import Prices
from goxray.advise.sizing import Sizer
from goxray.core.advise_result import AdviseResult
from goxray.core.errors import GoxrayError, UsageError
from goxray.core.units import format_bytes
from goxray.layout import VERSIONS, layout_for
from goxray.maps.stored import stored_rows
from goxray.model.builds import build_layout
from goxray.store.snapshot import is_snapshot, open_snapshot
from goxray.timeline.pprof.calls import Calls
from goxray.timeline.pprof.executable import Executable, open_executable
from goxray.timeline.pprof.mapsites import map_sites
from goxray.timeline.pprof.reader import may_be_profile, read_heap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goxray.api_look import HeapLook
    from goxray.core.result import Fault
    from goxray.layout import RuntimeLayout
    from goxray.target.binary import Binary

    Progress = Callable[[str, float], None]

__all__ = ["advise"]

_LOOKED = 0.85
"""The share of the work that is done when the maps are known."""


@dataclass(frozen=True)
class _Asked:
    """What the caller wants of the answer."""

    go: tuple[str, ...]
    min_gain: int
    limit: int | None


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
    asked = _Asked(tuple(go), min_gain, limit)
    for text in asked.go:
        build_layout(text)  # a wrong word is told before the target is looked at
    if is_snapshot(target):
        _refuse(target, "a snapshot", {"--exe": exe is not None, "--no-freeze": not freeze})
        return _of_snapshot(target, asked, tell)
    if not target.isdecimal() and may_be_profile(target):
        _refuse(target, "a heap profile", {"--go": bool(go), "--no-freeze": not freeze})
        return _of_profile(target, exe, asked)
    from goxray.api_look import look_at

    with look_at(target, exe=exe, freeze=freeze, allow_unverified=allow_unverified, tell=tell, detail=True) as look:
        return _of_look(look, asked, tell)


def _refuse(target: str, what: str, options: dict[str, bool]) -> None:
    given = [name for name, there in options.items() if there]
    if given:
        raise UsageError(f"{target} is {what}: {given[0]} means nothing for it", hint=f"leave out {given[0]}")


def _of_look(look: HeapLook, asked: _Asked, tell: Progress) -> AdviseResult:
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
    result = AdviseResult(
        target=look.target.exe,
        source=look.target.kind,
        go_version=look.build.go_version,
        goarch=look.build.goarch,
        notes=list(look.notes),
        faults=_said(look.faults),
        unverified=look.unverified,
    )
    return _answered(result, evidence, asked, tell)


def _said(faults: Sequence[Fault]) -> list[str]:
    return [f"{fault.addr:#x}: {fault.what}" if fault.addr else fault.what for fault in faults]


def _of_snapshot(path: str, asked: _Asked, tell: Progress) -> AdviseResult:
    tell("reading the snapshot", 0.0)
    with open_snapshot(path) as opened:
        manifest = opened.manifest
        build = manifest.build
        layout = layout_for(build.go_version, build.goarch, build.experiments, allow_unverified=manifest.unverified)
        rows = stored_rows(opened.table("maps"))
        owners = opened.table("owners") if "owners" in opened else None
        collections = opened.table("collections") if "collections" in opened else None
        roots = opened.table("roots") if "roots" in opened else None
    sizer = Sizer(layout)
    names = owners.column("owner").to_pylist() if owners is not None else []
    groups = map_groups(rows, sizer.types(rows), pools(names, roots=roots))
    evidence = Evidence(layout, groups, pinned_strings(collections), key_boxes(owners))
    result = AdviseResult(
        target=manifest.target.exe,
        source="snapshot",
        go_version=build.go_version,
        goarch=build.goarch,
        notes=[f"from the snapshot {path}, taken at {manifest.taken_at}", *manifest.notes, *sizer.notes()],
        faults=_said(manifest.faults),
        unverified=manifest.unverified,
    )
    return _answered(result, evidence, asked, tell)


def _answered(result: AdviseResult, evidence: Evidence, asked: _Asked, tell: Progress) -> AdviseResult:
    """Add the forecast and what the rules find."""
    layout, prices = evidence.layout, Prices(evidence.layout)
    there = builds(asked.go, layout)
    rows = tuple(
        forecast(
            evidence.groups,
            prices,
            there,
            lambda name, share: tell(f"filling the maps again on {name}", _LOOKED + (1 - _LOOKED) * share),
        )
    )
    tell("working out advice", 1.0)
    evidence = replace(evidence, forecast=rows, newer=newest(there, layout))
    findings = find(evidence, prices, min_gain=asked.min_gain)
    unknown = [group for group in evidence.groups if not group.type or not prices.shape_of_map(group.type)]
    notes = list(result.notes)
    if unknown:
        number, size = sum(map(len, unknown)), format_bytes(sum(int(group.bytes.sum()) for group in unknown))
        notes.append(f"maps whose type is not known well enough to predict anything: {number:,}, which take {size}")
    return replace(
        result, findings=findings[: asked.limit], findings_total=len(findings), forecast=list(rows), notes=notes
    )


def _of_profile(path: str, exe: str | None, asked: _Asked) -> AdviseResult:
    profile = read_heap(path)
    layout = build_layout(".".join(map(str, VERSIONS[-1].line)))
    notes: list[str] = []
    version = arch = ""
    with ExitStack() as stack:
        found_exe = open_executable(profile, exe)
        binary = found_exe.binary
        notes += _doubts(found_exe)
        if binary is not None:
            stack.callback(binary.close)
            version, arch = binary.go_version, binary.arch
            layout = _layout_of(binary) or layout
        found = map_sites(profile, None if binary is None else Calls(binary, profile))
    if found.hidden:
        notes.append(
            "runtime/pprof leaves the runtime's frames out of heap profiles, so that nothing here tells map memory "
            "from other memory: name the executable with --exe (not stripped), and the calls in it do"
        )
    sites = tuple(Site(**vars(site)) for site in found.sites)
    result = AdviseResult(target=path, source="profile", go_version=version, goarch=arch, notes=notes)
    findings = find(
        Evidence(layout, sites=sites, seconds=profile.seconds, rate=profile.rate),
        Prices(layout),
        min_gain=asked.min_gain,
    )
    return replace(result, findings=findings[: asked.limit], findings_total=len(findings))


def _layout_of(binary: Binary) -> RuntimeLayout | None:
    try:
        return layout_for(binary.go_version, binary.arch, binary.experiments)
    except GoxrayError:
        return None  # a profile is read without it


def _doubts(found: Executable) -> list[str]:
    """Return what a reader should know of the executable that was taken for the profile's."""
    if found.doubt == "rebuilt":
        return [f"{found.path} has been built anew since the profile was taken: it is not used"]
    if found.doubt:
        return [f"{found.path} is taken for the profile's executable: the profile holds no build id to compare"]
    return []
