"""JSON in one form: the same content is always the same bytes, so that a digest or a signature over it means one thing.

Keys sorted by code point, no spaces, UTF-8 as it is, no numbers but whole ones below 2**63 in size, no key twice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from goxray.core.errors import UsageError

Json: TypeAlias = "None | bool | int | str | Sequence[Json] | Mapping[str, Json]"

_WHOLE_LIMIT = 1 << 63
_DEPTH_LIMIT = 20


def encode(value: Json) -> bytes:
    """Return the one form of a value.

    Raises: UsageError: A number is no whole one or too large, a text is no Unicode, a key is no text, or it is nested
    too deep.
    """
    _check(value, 0)
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:
        raise UsageError("a text holds half a character (a lone surrogate), which UTF-8 has no bytes for") from None


def decode(data: bytes) -> Json:
    """Return the value of bytes in the one form.

    Raises:
        ValueError: They are no JSON, or not in the one form.
    """
    try:
        value: Json = json.loads(data)
        again = encode(value)
    except (RecursionError, UsageError) as error:
        raise ValueError(str(error)) from error
    if again != data:
        raise ValueError("not in the canonical form")
    return value


def _check(value: object, depth: int) -> None:
    if depth > _DEPTH_LIMIT:
        raise UsageError(f"nested deeper than {_DEPTH_LIMIT} levels")
    if value is None or isinstance(value, bool | str):
        return
    if isinstance(value, int):
        if not -_WHOLE_LIMIT < value < _WHOLE_LIMIT:
            raise UsageError(f"the number {value:#x} does not fit 63 bits")
        return
    _check_parts(value, depth)


def _check_parts(value: object, depth: int) -> None:
    if isinstance(value, dict):
        for key, part in value.items():
            if not isinstance(key, str):
                raise UsageError(f"a key is no text: {key!r}")
            _check(part, depth + 1)
    elif isinstance(value, list | tuple):
        for part in value:
            _check(part, depth + 1)
    else:
        raise UsageError(f"a {type(value).__name__} has no canonical form")
