"""The messages of pprof's profiles (perftools.profiles, profile.proto): the one home for those who write and read them.

They are made at run time from the field numbers that the format publishes. Fields that nobody here needs are left out;
protobuf keeps them when it reads.
"""

from __future__ import annotations

from functools import cache
from typing import Any

_PACKAGE = "perftools.profiles"
_INT64, _UINT64, _BOOL, _STRING = "TYPE_INT64", "TYPE_UINT64", "TYPE_BOOL", "TYPE_STRING"
_ONE, _MANY = False, True

# Message -> fields: name, number, type (a scalar's, or a message's name), repeated.
_FIELDS: dict[str, tuple[tuple[str, int, str, bool], ...]] = {
    "ValueType": (("type", 1, _INT64, _ONE), ("unit", 2, _INT64, _ONE)),
    "Label": (
        ("key", 1, _INT64, _ONE),
        ("str", 2, _INT64, _ONE),
        ("num", 3, _INT64, _ONE),
        ("num_unit", 4, _INT64, _ONE),
    ),
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
        ("memory_start", 2, _UINT64, _ONE),
        ("memory_limit", 3, _UINT64, _ONE),
        ("file_offset", 4, _UINT64, _ONE),
        ("filename", 5, _INT64, _ONE),
        ("build_id", 6, _INT64, _ONE),
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
        ("drop_frames", 7, _INT64, _ONE),
        ("keep_frames", 8, _INT64, _ONE),
        ("time_nanos", 9, _INT64, _ONE),
        ("duration_nanos", 10, _INT64, _ONE),
        ("period_type", 11, "ValueType", _ONE),
        ("period", 12, _INT64, _ONE),
        ("comment", 13, _INT64, _MANY),
        ("default_sample_type", 14, _INT64, _ONE),
    ),
}


@cache
def message_class(name: str, *, texts_as_bytes: bool = False) -> Any:
    """Return the class of one of the format's messages.

    Args:
        name: the message's name.
        texts_as_bytes: texts are ``bytes``: those of C++ programs need not be UTF-8, which protobuf insists on.
    """
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
                told.type = told.TYPE_BYTES if texts_as_bytes and kind == _STRING else getattr(told, kind)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}"))
