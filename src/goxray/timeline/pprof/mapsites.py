"""From a heap profile's samples to the places in the code that allocate map memory."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from goxray.timeline.pprof.calls import FILLING, MAKING

if TYPE_CHECKING:
    from goxray.timeline.pprof.calls import Calls
    from goxray.timeline.pprof.reader import Frame, HeapProfile, Sample

_RUNTIME = re.compile(r"^(runtime\.|internal/runtime/|reflect\.|maps\.|internal/reflectlite\.)")
_MAP_MAKER = re.compile(r"^runtime\.makemap(64|_small)?$|^internal/runtime/maps\.New(Empty)?Map$")
_MAP_FILLER = re.compile(
    r"^runtime\.(mapassign\w*|hashGrow|growWork\w*|evacuate\w*|makeBucketArray|mapclone2?|mapclear|"
    r"\(\*hmap\)\.(newoverflow|createOverflow))$|"
    r"^internal/runtime/maps\.(\(\*(Map|table)\)\.\w+|newTable|newGroups|newarray|newobject|runtime_mapassign\w*)$"
)


@dataclass
class MapSite:
    """Map memory that one function allocated; ``file`` and ``line`` are where most of its bytes come from.

    ``made`` is what calls to makemap allocated, ``grown`` what writes to maps did. ``made_sizes`` and ``sizes`` count
    the objects of both by their bytes, where the profile tells them.
    """

    function: str
    file: str = ""
    line: int = 0
    made_objects: int = 0
    made_bytes: int = 0
    grown_objects: int = 0
    grown_bytes: int = 0
    inuse_objects: int = 0
    inuse_bytes: int = 0
    made_sizes: Counter[int] = field(default_factory=Counter)
    sizes: Counter[int] = field(default_factory=Counter)


@dataclass(frozen=True)
class MapSites:
    """The sites, the most allocated bytes first. ``hidden`` tells that nothing told the runtime's functions apart."""

    sites: tuple[MapSite, ...]
    hidden: bool


def map_sites(profile: HeapProfile, calls: Calls | None) -> MapSites:
    """Find map memory: by the runtime's frames where a profile shows them, else by what the code calls.

    Args:
        profile: the profile.
        calls: the calls of the executable, None where it is not at hand.
    """
    found: dict[str, MapSite] = {}
    lines: dict[str, Counter[tuple[str, int]]] = {}
    shown = False
    for sample in profile.samples:
        frames = profile.frames(sample)
        role = _role(frames)
        shown |= bool(role)
        role = role or (_called(profile, sample, calls) if calls is not None else "")
        user = next((frame for frame in frames if not _RUNTIME.match(frame.function)), None)
        if not role or user is None:
            continue
        site = found.setdefault(user.function, MapSite(user.function))
        _add(site, sample, role)
        lines.setdefault(user.function, Counter())[(user.file, user.line)] += sample.alloc_bytes
    for name, site in found.items():
        site.file, site.line = lines[name].most_common(1)[0][0]
    ordered = sorted(found.values(), key=lambda site: (-site.made_bytes - site.grown_bytes, site.function))
    return MapSites(tuple(ordered), not shown and (calls is None or not calls.known))


def _role(frames: tuple[Frame, ...]) -> str:
    """``made`` or ``grown`` by the runtime's frames at the top of the stack; makemap lies below what it allocates."""
    role = ""
    for frame in frames:
        if _MAP_MAKER.match(frame.function):
            return "made"
        if _MAP_FILLER.match(frame.function):
            role = "grown"
        elif not _RUNTIME.match(frame.function):
            break
    return role


def _called(profile: HeapProfile, sample: Sample, calls: Calls) -> str:
    if not sample.stack:
        return ""
    name = calls.callee(profile.locations[sample.stack[0]])
    return "made" if name in MAKING else "grown" if name in FILLING else ""


def _add(site: MapSite, sample: Sample, role: str) -> None:
    if role == "made":
        site.made_objects += sample.alloc_objects
        site.made_bytes += sample.alloc_bytes
        sizes = site.made_sizes
    else:
        site.grown_objects += sample.alloc_objects
        site.grown_bytes += sample.alloc_bytes
        sizes = site.sizes
    if sample.size:
        sizes[sample.size] += sample.alloc_objects
    site.inuse_objects += sample.inuse_objects
    site.inuse_bytes += sample.inuse_bytes
