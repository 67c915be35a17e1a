"""A profile's message taken apart, as it stands in the file: numbers that have not been followed yet.

Two readers fill it: the protobuf library here, which is quick for what is small, and the kernels of
:mod:`goxray.timeline.pprof.wire` for what is large. Both give the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from goxray.core.profile_proto import message_class

I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]


class RawProfile(NamedTuple):
    """The tables. ``x_starts`` (int64[N + 1]) says where what belongs to each row begins in the arrays behind it.

    ``types``: int64[T, 2], texts of type and unit. ``values``, ``places`` (location ids) and ``labels`` (int64[L, 4]:
    key, text, figure, unit) belong to samples. ``mappings``: uint64[M, 6]: id, start, limit, offset, file, build id.
    ``locations``: uint64[L, 4]: id, mapping id, address, folded; ``lines``: uint64[K, 2], function id and line, belong
    to them. ``functions``: uint64[F, 5]: id, name, system name, file, first line. ``strings`` as in the file. ``head``:
    int64[9]: text of drop_frames and keep_frames, time, duration, texts of the period's type and unit, period, text of
    the default type, 0. ``comments``: int64[C]. Figures of int64 fields in uint64 arrays are taken modulo 2**64.
    """

    types: I64
    value_starts: I64
    values: I64
    place_starts: I64
    places: U64
    label_starts: I64
    labels: I64
    mappings: U64
    locations: U64
    line_starts: I64
    lines: U64
    functions: U64
    strings: list[bytes]
    head: I64
    comments: I64


_MASK = (1 << 64) - 1


def from_protobuf(raw: bytes | bytearray) -> RawProfile | None:
    """Take a message apart by the protobuf library; None where it is no such message."""
    from google.protobuf.message import DecodeError

    try:
        message = message_class("Profile", texts_as_bytes=True).FromString(bytes(raw))
    except DecodeError:
        return None
    samples, locations = message.sample, message.location
    label_rows = [(each.key, each.str, each.num, each.num_unit) for sample in samples for each in sample.label]
    period = message.period_type
    return RawProfile(
        types=_rows(((kind.type, kind.unit) for kind in message.sample_type), 2, np.int64),
        value_starts=_starts(len(sample.value) for sample in samples),
        values=np.array([value for sample in samples for value in sample.value], np.int64),
        place_starts=_starts(len(sample.location_id) for sample in samples),
        places=np.array([place for sample in samples for place in sample.location_id], np.uint64),
        label_starts=_starts(len(sample.label) for sample in samples),
        labels=_rows(label_rows, 4, np.int64),
        mappings=_rows(map(_mapping, message.mapping), 6, np.uint64),
        locations=_rows(((at.id, at.mapping_id, at.address, int(at.is_folded)) for at in locations), 4, np.uint64),
        line_starts=_starts(len(location.line) for location in locations),
        lines=_rows(
            ((line.function_id, line.line & _MASK) for location in locations for line in location.line), 2, np.uint64
        ),
        functions=_rows(map(_function, message.function), 5, np.uint64),
        strings=list(message.string_table),
        head=np.array(
            [
                message.drop_frames,
                message.keep_frames,
                message.time_nanos,
                message.duration_nanos,
                period.type,
                period.unit,
                message.period,
                message.default_sample_type,
                0,
            ],
            np.int64,
        ),  # fmt: skip
        comments=np.array(list(message.comment), np.int64),
    )


def _mapping(each: Any) -> tuple[int, ...]:
    return (
        each.id, each.memory_start, each.memory_limit, each.file_offset, each.filename & _MASK, each.build_id & _MASK
    )  # fmt: skip


def _function(each: Any) -> tuple[int, ...]:
    return each.id, *(number & _MASK for number in (each.name, each.system_name, each.filename, each.start_line))


def _starts(lengths: Iterable[int]) -> I64:
    return np.array([0, *accumulate(lengths)], np.int64)


def _rows(rows: Iterable[tuple[int, ...]], width: int, kind: DTypeLike) -> NDArray[Any]:
    return np.array([number for row in rows for number in row], dtype=kind).reshape(-1, width)
