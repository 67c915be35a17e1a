"""Map types of the plainest kind, read without Go's grammar: ``map[string]*T``, ``map[[16]byte][]int``.

A prediction is over in a fifth of a second, of which loading the parser would take an eighth. What is read here is
read the same way as by :mod:`goxray.model.gotypes`; everything else is left to it, errors included.
"""

from __future__ import annotations

import re

from goxray.core.errors import UsageError
from goxray.goruntime.types import GoType
from goxray.model.gotypes_make import BASIC, make_array, make_pointer, make_slice, make_struct

_MAP = re.compile(r"map\[((?:\[[1-9][0-9]{0,5}\])*\*?[A-Za-z0-9]+)\](.+)")
_ARRAY = re.compile(r"\[([1-9][0-9]{0,5})\](.+)")
_DECLARED = re.compile(r"[A-Z][A-Za-z0-9_]*")
"""A name that is no keyword and nothing that Go declares itself."""

_LARGEST = 1 << 30


def simple_map(text: str) -> tuple[GoType, GoType] | None:
    """Return key and elem of a map type, None where the text is anything but a map of the plainest kind.

    Names that Go does not declare stand behind pointers and slices only; what they mean cannot be asked.
    """
    match = _MAP.fullmatch(text)
    if match is None:
        return None
    key, elem = _simple(match[1]), _simple(match[2])
    return None if key is None or elem is None else (key, elem)


def _simple(text: str) -> GoType | None:
    if text in BASIC and "." not in text:
        return BASIC[text]
    if text == "struct{}":
        return make_struct([])
    if text.startswith("*"):
        name = _spelled(text[1:])
        return make_pointer(name, _unknown) if name else None
    if text.startswith("[]"):
        name = _spelled(text[2:])
        return make_slice(name, _unknown) if name else None
    match = _ARRAY.fullmatch(text)
    elem = _simple(match[2]) if match is not None else None
    if match is None or elem is None or int(match[1]) * elem.size > _LARGEST:
        return None
    return make_array(int(match[1]), elem)


def _spelled(text: str) -> str:
    found = _simple(text)
    if found is not None:
        return found.name
    return text if _DECLARED.fullmatch(text) else ""


def _unknown() -> GoType:
    raise UsageError("what a pointer of this type points to is not known", hint="parse the type with parse_type")
