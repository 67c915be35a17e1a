"""Patterns of paths, as ``--exclude`` and goxray.toml take them."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import accumulate

_PARTS = re.compile(r"\*\*/|/\*\*$|\*\*|\*|\?")
_MEANS = {"**/": "(?:[^/]+/)*", "/**": "/.+", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def covers(pattern: str, path: str) -> bool:
    """Whether a pattern means a path (relative, ``/`` between its parts) or a directory that it lies in.

    Without a ``/`` inside, a pattern means a name at any depth (``*_gen.go``, ``third_party``); with one, or with one
    before, it counts from the root: what is audited, or the directory of the goxray.toml that the pattern stands in.
    ``*`` and ``?`` stay inside a name, ``**`` does not; ``x/...`` is x with all below, as Go writes it.
    """
    wanted, anchored = _compiled(pattern)
    if wanted is None:
        return False
    parts = path.split("/")
    return any(wanted.fullmatch(each) for each in (accumulate(parts, "{}/{}".format) if anchored else parts))


def covered(patterns: tuple[str, ...], path: str) -> bool:
    """Whether one of several patterns means a path."""
    return any(covers(each, path) for each in patterns)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> tuple[re.Pattern[str] | None, bool]:
    """Return a pattern's expression, None for an empty one, and whether it counts from the root."""
    plain = pattern.strip().removeprefix("./").removesuffix("/...").rstrip("/")
    anchored = "/" in plain or plain == "**" or pattern.endswith("/...")
    plain = plain.lstrip("/")
    found, at = "", 0
    for part in _PARTS.finditer(plain):
        found += re.escape(plain[at : part.start()]) + _MEANS[part[0]]
        at = part.end()
    return (re.compile(found + re.escape(plain[at:]), re.DOTALL) if plain else None), anchored
