"""One profile less another, as ``go tool pprof -base`` does it: samples of the same stack and labels are one.

Source: cmd/vendor/github.com/google/pprof/profile/merge.go. Places of both are the same when they lie as far into the
same file (address space randomisation moves it) and have the same lines; samples that come to nothing are left out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from goxray.timeline.pprof.profile import BadProfile, Labels, Lists, Locations, Profile

if TYPE_CHECKING:
    from collections.abc import Hashable

    from goxray.timeline.pprof.profile import I32, I64, Function, Mapping, ValueType

_PAGE = 4096


def subtract(profile: Profile, base: Profile) -> Profile:
    """Return ``profile`` less ``base``.

    Raises:
        BadProfile: the two have no kind of figure in common, or were sampled by different means.
    """
    kinds = {kind.type: kind for kind in base.types}
    types = tuple(kind for kind in profile.types if kinds.get(kind.type) == kind)
    if not types:
        has, other = (", ".join(kind.type for kind in each.types) for each in (profile, base))
        raise BadProfile(f"the two profiles have nothing in common: one has {has[:80]}, the other {other[:80]}")
    if profile.period_type != base.period_type:
        raise BadProfile("the two profiles are not of one kind: their periods differ in what they count")
    joined = _Joined()
    rows = [joined.add(profile, types, 1), joined.add(base, types, -1)]
    return joined.profile(profile, types, np.concatenate(rows), base.duration_ns)


class _Joined:
    """Numbers what two profiles have in common, in the order in which it is met."""

    def __init__(self) -> None:
        self._functions: dict[Function, int] = {}
        self._mappings: dict[Hashable, int] = {}
        self._mapped: list[Mapping] = []
        self._places: dict[Hashable, int] = {}
        self._placed: list[tuple[int, int, tuple[int, ...], tuple[int, ...], bool]] = []
        self._stacks: dict[Hashable, int] = {}
        self._stacked: list[tuple[I32, tuple[tuple[str, str, int, str], ...]]] = []
        self._numbers: list[I64] = []

    def add(self, profile: Profile, types: tuple[ValueType, ...], sign: int) -> I64:
        """Add a profile; return the figures of its samples, and remember which stack each is of."""
        columns = [profile.types.index(kind) for kind in types]
        values = profile.values[:, columns] * sign
        there = np.flatnonzero((values != 0).any(axis=1))
        places = self._add_places(profile)
        stacks, labels = profile.stacks, profile.labels
        moved = places[stacks.items] if len(places) else stacks.items
        starts = stacks.starts.tolist()
        numbers = []
        for sample in there.tolist():
            stack = moved[starts[sample] : starts[sample + 1]]
            told = _labels(profile, labels, sample)
            key = (stack.tobytes(), told)
            number = self._stacks.get(key)
            if number is None:
                number = self._stacks[key] = len(self._stacked)
                self._stacked.append((stack, told))
            numbers.append(number)
        self._numbers.append(np.array(numbers, np.int64))
        return values[there]

    def _add_places(self, profile: Profile) -> I32:
        functions = [self._functions.setdefault(each, len(self._functions)) for each in profile.functions]
        mappings = [self._add_mapping(mapping) for mapping in profile.mappings]
        at = profile.locations
        begins, items, lines = at.lines.starts.tolist(), at.lines.items.tolist(), at.line.tolist()
        numbers = []
        for place, (address, mapping) in enumerate(zip(at.address.tolist(), at.mapping.tolist(), strict=True)):
            inside = slice(begins[place], begins[place + 1])
            of = tuple(functions[number] for number in items[inside])
            file, start = (mappings[mapping], profile.mappings[mapping].start) if mapping >= 0 else (-1, 0)
            rest = (file, of, tuple(lines[inside]), bool(at.folded[place]))
            key = (address - start, *rest)
            number = self._places.setdefault(key, len(self._placed))
            if number == len(self._placed):
                shift = self._mapped[file].start - start if file >= 0 else 0
                self._placed.append(((address + shift) % (1 << 64), *rest))
            numbers.append(number)
        return np.array(numbers, np.int32)

    def _add_mapping(self, mapping: Mapping) -> int:
        size = -(-(mapping.limit - mapping.start) // _PAGE)
        key = (size, mapping.offset, mapping.build_id or mapping.filename)
        number = self._mappings.setdefault(key, len(self._mapped))
        if number == len(self._mapped):
            self._mapped.append(mapping)
        return number

    def profile(self, first: Profile, types: tuple[ValueType, ...], rows: I64, base_ns: int) -> Profile:
        """Return the difference with what the first profile says of itself."""
        values = np.zeros((len(self._stacked), len(types)), np.int64)
        np.add.at(values, np.concatenate(self._numbers), rows)
        kept = np.flatnonzero((values != 0).any(axis=1))
        strings: dict[str, int] = {"": 0}
        told = [self._stacked[number][1] for number in kept.tolist()]
        labels = [
            (strings.setdefault(key, len(strings)), strings.setdefault(text, len(strings)), figure,
             strings.setdefault(unit, len(strings)))
            for row in told
            for key, text, figure, unit in row
        ]  # fmt: skip
        return replace(
            first,
            types=types,
            values=values[kept],
            stacks=_lists([self._stacked[number][0] for number in kept.tolist()]),
            labels=Labels(_starts(told), *np.array(labels, np.int64).reshape(-1, 4).T),
            locations=self._locations(),
            functions=tuple(self._functions),
            mappings=tuple(self._mapped),
            strings=tuple(strings),
            duration_ns=first.duration_ns + base_ns,
        )

    def _locations(self) -> Locations:
        rows = self._placed
        return Locations(
            address=np.array([row[0] for row in rows], np.uint64),
            mapping=np.array([row[1] for row in rows], np.int32),
            lines=_lists([np.array(row[2], np.int32) for row in rows]),
            line=np.array([line for row in rows for line in row[3]], np.int64),
            folded=np.array([row[4] for row in rows], np.bool_),
        )


def _labels(profile: Profile, labels: Labels, sample: int) -> tuple[tuple[str, str, int, str], ...]:
    first, last = labels.starts[sample : sample + 2].tolist()
    strings = profile.strings
    return tuple(
        sorted(
            (strings[labels.key[at]], strings[labels.text[at]], int(labels.figure[at]), strings[labels.unit[at]])
            for at in range(first, last)
        )
    )


def _lists(rows: list[I32]) -> Lists:
    return Lists(_starts(rows), np.concatenate(rows).astype(np.int32) if rows else np.zeros(0, np.int32))


def _starts(rows: list[I32] | list[tuple[tuple[str, str, int, str], ...]]) -> I64:
    return np.array([0, *np.cumsum([len(row) for row in rows])], np.int64)
