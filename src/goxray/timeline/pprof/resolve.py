"""Follows the numbers of a profile's message into its tables; each may be wrong in a damaged file.

What is refused is what ``go tool pprof`` refuses (profile.CheckValid in its package profile): ids that stand twice or
are 0, numbers that lead nowhere, samples with too few or too many figures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goxray.timeline.pprof.profile import (
    BadProfile,
    Function,
    Labels,
    Lists,
    Locations,
    Mapping,
    Profile,
    ValueType,
)
from goxray.timeline.pprof.unpack import AGAIN

if TYPE_CHECKING:
    from goxray.timeline.pprof.raw import I64, U64, RawProfile


def resolve(raw: RawProfile, name: str) -> Profile:
    """Return the profile that the message describes; ``name`` is what messages call it.

    Raises:
        BadProfile: numbers in it lead nowhere.
    """
    return _Resolver(raw, name).profile()


class _Resolver:
    def __init__(self, raw: RawProfile, name: str) -> None:
        self._raw = raw
        self._name = name
        self._strings = tuple(text.decode("utf-8", "replace") for text in raw.strings) or ("",)
        if self._strings[0]:
            raise BadProfile(f"{name} is no pprof profile, or is damaged: its first text is not empty", hint=AGAIN)

    def profile(self) -> Profile:
        raw = self._raw
        if not len(raw.types):
            raise BadProfile(f"{self._name} is no pprof profile: it has no values", hint=AGAIN)
        types = tuple(ValueType(self._text(first), self._text(second)) for first, second in raw.types.tolist())
        drop, keep, time, duration, period_type, period_unit, period, default, _ = raw.head.tolist()
        mapping_ids = self._ids(raw.mappings[:, 0], "a mapping")
        functions = self._functions()
        return Profile(
            types=types,
            values=self._values(len(types)),
            stacks=Lists(
                raw.place_starts, self._numbers(raw.places, self._ids(raw.locations[:, 0], "a place"), "place")
            ),
            labels=self._labels(),
            locations=self._locations(mapping_ids),
            functions=functions,
            mappings=tuple(
                Mapping(start, limit, offset, self._text(file), self._text(build))
                for _, start, limit, offset, file, build in raw.mappings.tolist()
            ),
            strings=self._strings,
            period_type=ValueType(self._text(period_type), self._text(period_unit)),
            period=period,
            time_ns=time,
            duration_ns=duration,
            default_type=self._text(default),
            comments=tuple(self._text(number) for number in raw.comments.tolist()),
            drop_frames=self._text(drop),
            keep_frames=self._text(keep),
        )

    def _text(self, number: int) -> str:
        if not 0 <= number < len(self._strings):
            raise self._damaged("a text")
        return self._strings[number]

    def _values(self, width: int) -> I64:
        if len(self._raw.value_starts) > 1 and not bool((np.diff(self._raw.value_starts) == width).all()):
            raise self._damaged("a value")
        return self._raw.values.reshape(-1, width)

    def _labels(self) -> Labels:
        rows = self._raw.labels
        texts = rows[:, (0, 1, 3)]
        if texts.size and not 0 <= int(texts.min()) <= int(texts.max()) < len(self._strings):
            raise self._damaged("a text")
        return Labels(self._raw.label_starts, *np.ascontiguousarray(rows.T))

    def _functions(self) -> tuple[Function, ...]:
        rows = self._raw.functions
        texts = rows[:, 1:4]
        if texts.size and int(texts.max()) >= len(self._strings):
            raise self._damaged("a text")
        strings = self._strings
        return tuple(
            Function(strings[name], strings[system], strings[file], line)
            for _, name, system, file, line in rows.view(np.int64).tolist()
        )

    def _locations(self, mapping_ids: U64) -> Locations:
        raw = self._raw
        ids = self._ids(raw.functions[:, 0], "a function")
        lines = Lists(raw.line_starts, self._numbers(raw.lines[:, 0], ids, "function"))
        return Locations(
            address=np.ascontiguousarray(raw.locations[:, 2]),
            mapping=_find(raw.locations[:, 1], mapping_ids),
            lines=lines,
            line=np.ascontiguousarray(raw.lines[:, 1]).view(np.int64),
            folded=raw.locations[:, 3] != 0,
        )

    def _ids(self, ids: U64, what: str) -> U64:
        """Return a table's ids; none may be 0 or stand twice."""
        if len(ids) and (int(ids.min()) == 0 or len(np.unique(ids)) != len(ids)):
            raise BadProfile(f"{self._name} is damaged: {what} has no number of its own", hint=AGAIN)
        return ids

    def _numbers(self, wanted: U64, ids: U64, what: str) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
        found = _find(wanted, ids)
        if len(found) and int(found.min()) < 0:
            raise self._damaged(f"a {what}")
        return found

    def _damaged(self, what: str) -> BadProfile:
        return BadProfile(f"{self._name} is damaged: {what} that it names is not in it", hint=AGAIN)


def _find(wanted: U64, ids: U64) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """Return the row of each id, -1 where there is none (int32); ids mostly count from 1 without a gap."""
    count = len(ids)
    if not count:
        return np.full(len(wanted), -1, np.int32)
    most = int(ids.max())
    if most <= 8 * count + 1024:
        rows = np.full(most + 1, -1, np.int32)
        rows[ids] = np.arange(count, dtype=np.int32)
        if len(wanted) and int(wanted.max()) > most:
            return np.where(wanted <= most, rows[np.minimum(wanted, np.uint64(most))], np.int32(-1)).astype(np.int32)
        return rows[wanted]
    order = np.argsort(ids, kind="stable")
    at = np.minimum(np.searchsorted(ids[order], wanted), count - 1)
    return np.where(ids[order][at] == wanted, order[at], -1).astype(np.int32)
