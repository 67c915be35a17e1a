"""Takes a profile's bytes apart: one kernel that walks over them twice, first counting, then filling arrays.

It knows the straight way that every writer of profiles goes. Whatever is odd makes it give up, and the protobuf library
has the last word: so the two never disagree.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from goxray.core.jit import bare_kernel

U8 = NDArray[np.uint8]
I64 = NDArray[np.int64]

TYPES, SAMPLES, VALUES, PLACES, LABELS, MAPPINGS, LOCATIONS, LINES, FUNCTIONS, STRINGS, COMMENTS, TABLES = range(12)
"""Places in the array of counts."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_SAMPLE_TYPE, _SAMPLE, _MAPPING, _LOCATION, _FUNCTION, _STRING = 1, 2, 3, 4, 5, 6
_PERIOD_TYPE, _COMMENT, _FIRST_SCALAR, _LAST_SCALAR = 11, 13, 7, 14
_ODD = -1


class Tables(NamedTuple):
    """Where the kernel writes: the tables of :class:`goxray.timeline.pprof.raw.RawProfile`.

    All are int64, numbers modulo 2**64; strings as where each begins and ends.
    """

    types: I64
    value_starts: I64
    values: I64
    place_starts: I64
    places: I64
    label_starts: I64
    labels: I64
    mappings: I64
    locations: I64
    line_starts: I64
    lines: I64
    functions: I64
    strings: I64
    head: I64
    comments: I64


@bare_kernel
def varint(data: U8, at: int, end: int) -> tuple[Any, Any]:
    """Return the number at ``at`` (modulo 2**64, as int64) and where it ends; -1 there where it is odd."""
    if at < end and data[at] < 128:
        return np.int64(data[at]), at + 1
    number = np.uint64(0)
    for step in range(10):
        if at + step >= end:
            return np.int64(0), _ODD
        byte = data[at + step]
        if step == 9 and byte > 1:
            return np.int64(0), _ODD
        number |= np.uint64(byte & 127) << np.uint64(7 * step)
        if byte < 128:
            return np.int64(number), at + step + 1
    return np.int64(0), _ODD


@bare_kernel
def head_of(data: U8, at: int, end: int) -> tuple[int, int, int]:
    """Return a field's number, its wire type and where its content begins; -1 there where it is odd."""
    tag, after = varint(data, at, end)
    if after < 0 or after - at > 5 or tag < 8 or tag >= 1 << 32:
        return 0, 0, _ODD
    return tag >> 3, tag & 7, after


@bare_kernel
def past(data: U8, at: int, end: int, wire: int) -> Any:
    """Return where a field ends whose content begins at ``at``; -1 where it is odd."""
    if wire == _VARINT:
        return varint(data, at, end)[1]
    if wire == _BYTES:
        length, after = varint(data, at, end)
        return after + length if after >= 0 and 0 <= length <= end - after else _ODD
    size = 8 if wire == _FIXED64 else 4 if wire == _FIXED32 else end
    return at + size if size <= end - at and wire in (_FIXED64, _FIXED32) else _ODD


@bare_kernel
def inside(data: U8, at: int, end: int) -> tuple[int, int]:
    """Return where the bytes behind a length begin and end; -1 as the end where it is odd."""
    length, after = varint(data, at, end)
    if after < 0 or length < 0 or length > end - after:
        return 0, _ODD
    return after, after + length


@bare_kernel
def row_of(data: U8, at: int, end: int, row: I64, first: int, width: int) -> bool:
    """Read a message that has nothing but numbers: field ``n`` up to ``width`` goes to ``row[first + n - 1]``."""
    for place in range(width):
        row[first + place] = 0
    while at < end:
        field, wire, at = head_of(data, at, end)
        if at < 0:
            return False
        if wire == _VARINT and field <= width:
            row[first + field - 1], at = varint(data, at, end)
        else:
            at = past(data, at, end, wire)
        if at < 0:
            return False
    return True


@bare_kernel
def put(table: I64, number: int, row: I64, first: int, width: int) -> None:
    """Write part of ``row`` as a table's row."""
    for place in range(width):
        table[number, place] = row[first + place]


@bare_kernel
def numbers_of(data: U8, at: int, end: int, wire: int, fill: bool, out: I64, first: int) -> tuple[int, int]:
    """Read a repeated number, packed or not, to ``out[first:]``; return how many and where it ends, -1 for odd."""
    if wire == _VARINT:
        number, at = varint(data, at, end)
        if at >= 0 and fill:
            out[first] = number
        return 1, at
    at, stop = inside(data, at, end)
    count = 0
    while 0 <= at < stop:
        number, at = varint(data, at, stop)
        if fill and at >= 0:
            out[first + count] = number
        count += 1
    return count, stop if at >= 0 else _ODD


@bare_kernel
def sample_of(data: U8, at: int, end: int, fill: bool, count: I64, out: Tables, row: I64) -> bool:
    """Read a Sample: location ids, values, labels."""
    while at < end:
        field, wire, at = head_of(data, at, end)
        if at < 0:
            return False
        more = 0
        if field == 1 and wire in (_VARINT, _BYTES):
            more, at = numbers_of(data, at, end, wire, fill, out.places, count[PLACES])
            count[PLACES] += more
        elif field == 2 and wire in (_VARINT, _BYTES):
            more, at = numbers_of(data, at, end, wire, fill, out.values, count[VALUES])
            count[VALUES] += more
        elif field == 3 and wire == _BYTES:
            at, stop = inside(data, at, end)
            if stop < 0 or not row_of(data, at, stop, row, 0, 4):
                return False
            if fill:
                put(out.labels, count[LABELS], row, 0, 4)
            count[LABELS] += 1
            at = stop
        else:
            at = past(data, at, end, wire)
        if at < 0:
            return False
    return True


@bare_kernel
def location_of(data: U8, at: int, end: int, fill: bool, count: I64, out: Tables, row: I64) -> bool:
    """Read a Location: its numbers and its lines."""
    for place in range(len(row)):
        row[place] = 0
    while at < end:
        field, wire, at = head_of(data, at, end)
        if at < 0:
            return False
        if field == 4 and wire == _BYTES:
            at, stop = inside(data, at, end)
            if stop < 0 or not row_of(data, at, stop, row, 6, 2):
                return False
            if fill:
                put(out.lines, count[LINES], row, 6, 2)
            count[LINES] += 1
            at = stop
        elif wire == _VARINT and field <= 5:
            row[field - 1], at = varint(data, at, end)
        else:
            at = past(data, at, end, wire)
        if at < 0:
            return False
    if fill:
        row[3] = row[4] != 0
        put(out.locations, count[LOCATIONS], row, 0, 4)
    return True


@bare_kernel
def message_of(data: U8, field: int, at: int, end: int, fill: bool, count: I64, out: Tables, row: I64) -> bool:
    """Read one of the profile's messages, or a text."""
    if field == _SAMPLE:
        if fill:
            out.value_starts[count[SAMPLES]] = count[VALUES]
            out.place_starts[count[SAMPLES]] = count[PLACES]
            out.label_starts[count[SAMPLES]] = count[LABELS]
        count[SAMPLES] += 1
        return sample_of(data, at, end, fill, count, out, row)
    if field == _LOCATION:
        if fill:
            out.line_starts[count[LOCATIONS]] = count[LINES]
        good = location_of(data, at, end, fill, count, out, row)
        count[LOCATIONS] += 1
        return good
    if field == _STRING:
        if fill:
            out.strings[count[STRINGS], 0] = at
            out.strings[count[STRINGS], 1] = end
        count[STRINGS] += 1
        return True
    return table_row(data, field, at, end, fill, count, out, row)


@bare_kernel
def table_row(data: U8, field: int, at: int, end: int, fill: bool, count: I64, out: Tables, row: I64) -> bool:
    """Read a message that is one row of a table of numbers."""
    if field == _FUNCTION:
        good = row_of(data, at, end, row, 0, 5)
        if fill and good:
            put(out.functions, count[FUNCTIONS], row, 0, 5)
        count[FUNCTIONS] += 1
        return good
    if field == _MAPPING:
        good = row_of(data, at, end, row, 0, 6)
        if fill and good:
            put(out.mappings, count[MAPPINGS], row, 0, 6)
        count[MAPPINGS] += 1
        return good
    good = row_of(data, at, end, row, 0, 2)
    if field == _SAMPLE_TYPE:
        if fill and good:
            put(out.types, count[TYPES], row, 0, 2)
        count[TYPES] += 1
    return good


@bare_kernel
def walk(data: U8, fill: bool, count: I64, out: Tables, row: I64) -> bool:
    """Walk over a profile; return False where anything is odd.

    Args:
        data: the profile's bytes.
        fill: whether to write to ``out``; else only ``count`` is made.
        count: int64[TABLES], zeros; how many rows each table has.
        out: the tables, as long as a first walk has counted.
        row: int64[8] to work in.
    """
    at, end = 0, len(data)
    while at < end:
        field, wire, at = head_of(data, at, end)
        if at < 0:
            return False
        if wire == _BYTES and (field <= _STRING):
            at, stop = inside(data, at, end)
            if stop < 0 or not message_of(data, field, at, stop, fill, count, out, row):
                return False
            at = stop
        elif wire == _VARINT and field >= _FIRST_SCALAR and field <= _LAST_SCALAR and field != _COMMENT:
            number, at = varint(data, at, end)
            if field != _PERIOD_TYPE:
                out.head[field - _FIRST_SCALAR] = number
        elif field == _COMMENT and wire in (_VARINT, _BYTES):
            more, at = numbers_of(data, at, end, wire, fill, out.comments, count[COMMENTS])
            count[COMMENTS] += more
        else:
            at = other(data, field, at, end, wire, out)
        if at < 0:
            return False
    return True


@bare_kernel
def other(data: U8, field: int, at: int, end: int, wire: int, out: Tables) -> Any:
    """Pass over a field that nobody needs, and read the period's type; return where it ends, -1 for odd."""
    if field != _PERIOD_TYPE or wire != _BYTES:
        return past(data, at, end, wire)
    at, stop = inside(data, at, end)
    while 0 <= at < stop:
        number, wire, at = head_of(data, at, stop)
        if at >= 0 and wire == _VARINT and number <= 2:
            out.head[8 + number], at = varint(data, at, stop)
        elif at >= 0:
            at = past(data, at, stop, wire)
    return stop if at >= 0 else _ODD
