"""``goxray heap --format pprof``: a profile that ``go tool pprof`` and its flame graph open.

Each owner path is a stack, the root outermost. Of its three values two are plain sums: ``objects`` and ``inuse_space``
are the objects at that very path and the bytes of their slots, so that pprof's cumulative figures are all that stands
below. ``retained_space`` is what would go with the objects at the path, and holds what is below them already: its flat
figures mean something, its cumulative ones count memory twice.

The messages are made at run time from the field numbers that the format publishes (perftools.profiles, profile.proto).
"""

from __future__ import annotations

import gzip
from functools import cache
from typing import TYPE_CHECKING, Any, BinaryIO

from goxray.render.heap_rows import joined
from goxray.render.safe import printable
from goxray.render.story import headline

if TYPE_CHECKING:
    from goxray.core.heap_result import HeapResult
    from goxray.render.options import RenderOptions

_PACKAGE = "perftools.profiles"
_INT64, _UINT64, _BOOL, _STRING = "TYPE_INT64", "TYPE_UINT64", "TYPE_BOOL", "TYPE_STRING"
_ONE, _MANY = False, True

# Message -> fields: name, number, type (a scalar's, or a message's name), repeated.
_FIELDS: dict[str, tuple[tuple[str, int, str, bool], ...]] = {
    "ValueType": (("type", 1, _INT64, _ONE), ("unit", 2, _INT64, _ONE)),
    "Label": (("key", 1, _INT64, _ONE), ("str", 2, _INT64, _ONE), ("num", 3, _INT64, _ONE)),
    "Sample": (
        ("location_id", 1, _UINT64, _MANY),
        ("value", 2, _INT64, _MANY),
        ("label", 3, "Label", _MANY),
    ),
    "Line": (("function_id", 1, _UINT64, _ONE), ("line", 2, _INT64, _ONE)),
    "Location": (
        ("id", 1, _UINT64, _ONE),
        ("mapping_id", 2, _UINT64, _ONE),
        ("address", 3, _UINT64, _ONE),
        ("line", 4, "Line", _MANY),
        ("is_folded", 5, _BOOL, _ONE),
    ),
    "Function": (
        ("id", 1, _UINT64, _ONE),
        ("name", 2, _INT64, _ONE),
        ("system_name", 3, _INT64, _ONE),
        ("filename", 4, _INT64, _ONE),
        ("start_line", 5, _INT64, _ONE),
    ),
    "Mapping": (
        ("id", 1, _UINT64, _ONE),
        ("filename", 5, _INT64, _ONE),
        ("has_functions", 7, _BOOL, _ONE),
        ("has_filenames", 8, _BOOL, _ONE),
        ("has_line_numbers", 9, _BOOL, _ONE),
        ("has_inline_frames", 10, _BOOL, _ONE),
    ),
    "Profile": (
        ("sample_type", 1, "ValueType", _MANY),
        ("sample", 2, "Sample", _MANY),
        ("mapping", 3, "Mapping", _MANY),
        ("location", 4, "Location", _MANY),
        ("function", 5, "Function", _MANY),
        ("string_table", 6, _STRING, _MANY),
        ("time_nanos", 9, _INT64, _ONE),
        ("period_type", 11, "ValueType", _ONE),
        ("period", 12, _INT64, _ONE),
        ("comment", 13, _INT64, _MANY),
        ("default_sample_type", 14, _INT64, _ONE),
    ),
}
_SAMPLE_TYPES = (("objects", "count"), ("inuse_space", "bytes"), ("retained_space", "bytes"))
_DEFAULT = "inuse_space"
_MAPPING = 1


def write_pprof(result: HeapResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the owner paths as a gzip-compressed profile; the same result gives the same bytes."""
    del options
    profile = _Builder(result).profile
    with gzip.GzipFile(filename="", mode="wb", fileobj=out, mtime=0) as packed:
        packed.write(profile.SerializeToString(deterministic=True))


@cache
def message_class(name: str) -> Any:
    """Return the class of one of the format's messages."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(name="goxray/profile.proto", package=_PACKAGE, syntax="proto3")
    for message, fields in _FIELDS.items():
        made = file.message_type.add(name=message)
        for field, number, kind, many in fields:
            told = made.field.add(name=field, number=number)
            told.label = told.LABEL_REPEATED if many else told.LABEL_OPTIONAL
            if kind in _FIELDS:
                told.type, told.type_name = told.TYPE_MESSAGE, f".{_PACKAGE}.{kind}"
            else:
                told.type = getattr(told, kind)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}"))


class _Builder:
    """Fills a profile: each string, function and location is there once."""

    def __init__(self, result: HeapResult) -> None:
        self.profile = message_class("Profile")()
        self._strings: dict[str, int] = {}
        self._locations: dict[str, int] = {}
        self._string("")  # the format's first string is the empty one
        for name, unit in _SAMPLE_TYPES:
            self.profile.sample_type.add(type=self._string(name), unit=self._string(unit))
        self.profile.default_sample_type = self._string(_DEFAULT)
        self.profile.period_type.type, self.profile.period_type.unit = self._string("space"), self._string("bytes")
        self.profile.period = 1  # every byte is counted, nothing is sampled
        self._comments(result)
        self._mapping(result)
        for path in joined(result.paths):
            values = (path.objects, path.bytes, path.retained_bytes)
            if path.frames and any(values):
                self.profile.sample.add(location_id=[self._location(at) for at in reversed(path.frames)], value=values)

    def _comments(self, result: HeapResult) -> None:
        comments = [" ".join(["goxray heap:", *headline(result, "en")])]
        if result.unverified:
            comments.append("UNVERIFIED: nobody has checked the layout of this Go version")
        comments += [f"fault: {fault.what}" for fault in result.faults[:1]]
        self.profile.comment.extend(self._string(printable(comment)) for comment in comments)

    def _mapping(self, result: HeapResult) -> None:
        # Functions are told here, so that pprof does not go and look for the executable.
        told = dict.fromkeys(("has_functions", "has_filenames", "has_line_numbers", "has_inline_frames"), True)
        self.profile.mapping.add(id=_MAPPING, filename=self._string(printable(result.target.exe)), **told)

    def _string(self, text: str) -> int:
        if text not in self._strings:
            self._strings[text] = len(self._strings)
            self.profile.string_table.append(text)
        return self._strings[text]

    def _location(self, frame: str) -> int:
        name = printable(frame)
        if name not in self._locations:
            number = len(self._locations) + 1
            self._locations[name] = number
            # Without a system name pprof takes the name as it is; else it would read (<-ch) as a list of parameters.
            self.profile.function.add(id=number, name=self._string(name))
            self.profile.location.add(id=number, mapping_id=_MAPPING).line.add(function_id=number)
        return self._locations[name]
