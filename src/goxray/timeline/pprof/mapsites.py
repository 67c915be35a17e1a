"""From a heap profile's samples to the places in the code that allocate map memory."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from goxray.timeline.pprof.calls import FILLING, MAKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from goxray.timeline.pprof.calls import Calls
    from goxray.timeline.pprof.profile import I32, I64, Frame, Profile

_RUNTIME = re.compile(r"^(runtime\.|internal/runtime/|reflect\.|maps\.|internal/reflectlite\.)")
_HIDDEN = re.compile(r"^(runtime\.|internal/runtime/)")
_MAP_MAKER = re.compile(r"^runtime\.makemap(64|_small)?$|^internal/runtime/maps\.New(Empty)?Map$")
_MAP_FILLER = re.compile(
    r"^runtime\.(mapassign\w*|hashGrow|growWork\w*|evacuate\w*|makeBucketArray|mapclone2?|mapclear|"
    r"\(\*hmap\)\.(newoverflow|createOverflow))$|"
    r"^internal/runtime/maps\.(\(\*(Map|table)\)\.\w+|newTable|newGroups|newarray|newobject|runtime_mapassign\w*)$"
)
NO_ROLE, GROWN, MADE = 0, 1, 2
"""What a sample's memory is: no map's, allocated by a write to a map, or by a call that made one."""


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


@dataclass(frozen=True)
class MapSamples:
    """The samples that are map memory: ``sample`` (int64[N]) numbers them, ``made`` (bool[N]) tells how.

    ``user`` numbers the first function that is none of the runtime's, ``user_place`` its place and ``user_line`` its
    line (all int64[N]); ``leaf`` is the innermost place outside of the runtime, whose call tells what the memory is
    (int64[N]). ``hidden`` as in :class:`MapSites`.
    """

    sample: I64
    made: np.ndarray[tuple[int], np.dtype[np.bool_]]
    user: I64
    user_line: I64
    leaf: I64
    hidden: bool


def map_samples(profile: Profile, calls: Calls | None) -> MapSamples:
    """Find map memory: by the runtime's frames where a profile shows them, else by what the code calls.

    Args:
        profile: the profile.
        calls: the calls of the executable, None where it is not at hand.
    """
    places = _Places(profile)
    role, user_place, leaf = places.follow()
    shown = bool(role.any())
    if calls is not None:
        _ask(calls, role, leaf)
    chosen = np.flatnonzero((role != NO_ROLE) & (user_place >= 0))
    at = user_place[chosen]
    return MapSamples(
        sample=chosen,
        made=role[chosen] == MADE,
        user=places.user[at],
        user_line=places.user_line[at],
        leaf=leaf[chosen],
        hidden=not shown and (calls is None or not calls.known),
    )


def _ask(calls: Calls, role: I32, leaf: I64) -> None:
    """Give the samples that no frame tells of a role by what the innermost place calls."""
    asked = np.flatnonzero((role == NO_ROLE) & (leaf >= 0))
    known, inverse = np.unique(leaf[asked], return_inverse=True)
    names = [calls.callee(int(location)) for location in known]
    by_place = np.array([MADE if name in MAKING else GROWN if name in FILLING else NO_ROLE for name in names], np.int32)
    if len(known):
        role[asked] = by_place[inverse]


class _Places:
    """What each place says by its functions, the innermost first, until the first that is none of the runtime's."""

    def __init__(self, profile: Profile) -> None:
        count = len(profile.locations)
        self._profile = profile
        self.role = np.zeros(count, np.int32)
        self.user = np.full(count, -1, np.int64)
        self.user_line = np.zeros(count, np.int64)
        kinds = [_kind(function.name) for function in profile.functions]
        self.hidden = np.ones(count, np.bool_)
        inner = [_HIDDEN.match(function.name) is not None for function in profile.functions]
        lines = profile.locations.lines
        starts, items, line = lines.starts.tolist(), lines.items.tolist(), profile.locations.line.tolist()
        for place in range(count):
            for at in range(starts[place], starts[place + 1]):
                kind = kinds[items[at]]
                self.hidden[place] &= inner[items[at]]
                if kind is None:
                    self.user[place], self.user_line[place] = items[at], line[at]
                    break
                self.role[place] = max(self.role[place], kind)

    def follow(self) -> tuple[I32, I64, I64]:
        """Return each sample's role, its first place with a function of the user's, and its first that Go shows.

        Both are -1 where there is none. All samples go one place outwards at a time: few have more than ten frames of
        the runtime.
        """
        stacks = self._profile.stacks
        role = np.zeros(len(stacks), np.int32)
        found, leaf = (np.full(len(stacks), -1, np.int64) for _ in range(2))
        at = stacks.starts[:-1].copy()
        active = np.flatnonzero(at < stacks.starts[1:])
        while len(active):
            place = stacks.items[at[active]]
            role[active] = np.maximum(role[active], self.role[place])
            seen = ~self.hidden[place] & (leaf[active] < 0)
            leaf[active[seen]] = place[seen]
            here = self.user[place] >= 0
            found[active[here]] = place[here]
            active = active[~here]
            at[active] += 1
            active = active[at[active] < stacks.starts[1:][active]]
        return role, found, leaf


def _kind(function: str) -> int | None:
    """Return a role, NO_ROLE for another function of the runtime, None for any that is none of the runtime's."""
    if _MAP_MAKER.match(function):
        return MADE
    if _MAP_FILLER.match(function):
        return GROWN
    return NO_ROLE if _RUNTIME.match(function) else None


def map_sites(profile: Profile, calls: Calls | None) -> MapSites:
    """Add a heap profile's map memory up by function.

    Args:
        profile: the profile, one of Go's heap profiles.
        calls: the calls of the executable, None where it is not at hand.
    """
    samples = map_samples(profile, calls)
    found: dict[str, MapSite] = {}
    lines: dict[str, Counter[tuple[str, int]]] = {}
    for sample, made, frame in _rows(profile, samples):
        site = found.setdefault(frame.function, MapSite(frame.function))
        allocated = _add(site, profile, sample, made)
        lines.setdefault(frame.function, Counter())[(frame.file, frame.line)] += allocated
    for name, site in found.items():
        site.file, site.line = lines[name].most_common(1)[0][0]
    ordered = sorted(found.values(), key=lambda site: (-site.made_bytes - site.grown_bytes, site.function))
    return MapSites(tuple(ordered), samples.hidden)


def _rows(profile: Profile, samples: MapSamples) -> Iterator[tuple[int, bool, Frame]]:
    from goxray.timeline.pprof.profile import Frame

    columns = (samples.sample.tolist(), samples.made.tolist(), samples.user.tolist(), samples.user_line.tolist())
    for sample, made, user, line in zip(*columns, strict=True):
        function = profile.functions[user]
        yield sample, made, Frame(function.name, function.file, line)


def _add(site: MapSite, profile: Profile, sample: int, made: bool) -> int:
    allocated, allocated_bytes, live, live_bytes = profile.values[sample, list(profile.heap_columns)].tolist()
    if made:
        site.made_objects += allocated
        site.made_bytes += allocated_bytes
        sizes = site.made_sizes
    else:
        site.grown_objects += allocated
        site.grown_bytes += allocated_bytes
        sizes = site.sizes
    size = int(profile.sizes[sample])
    if size:
        sizes[size] += allocated
    site.inuse_objects += live
    site.inuse_bytes += live_bytes
    return int(allocated_bytes)
