"""The text forms of Go's build information, whatever file they come from (runtime/debug, cmd/go/internal/modload)."""

from __future__ import annotations

import ast
import re

_SENTINEL = 16  # bytes of marker before and after the module information (cmd/go/internal/modload)
_VERSION = re.compile(r"^(?P<version>.*?)(?:[ -]X:(?P<experiments>[\w,]+))?$")
_SETTING = re.compile(r'("(?:[^"\\]|\\.)*"|`[^`]*`|[^=]*)=(.*)$')
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


def varint_string(data: bytes) -> tuple[bytes, bytes]:
    """Return a string with its length before it as an unsigned varint (encoding/binary), and what follows."""
    length = shift = at = 0
    while at < min(len(data), 10):
        byte = data[at]
        length |= (byte & 0x7F) << shift
        shift += 7
        at += 1
        if byte < 0x80:
            break
    return data[at : at + length], data[at + length :]


def split_version(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the toolchain's version without its experiments (``go1.24.11``), and these, sorted."""
    match = _VERSION.match(text)
    if match is None:
        return text, ()
    return match["version"], tuple(sorted({*(match["experiments"] or "").split(",")} - {""}))


def unframed(module: str) -> str:
    """Return the module information without the markers around it."""
    if len(module) > 2 * _SENTINEL and module[-_SENTINEL - 1] == "\n":
        return module[_SENTINEL:-_SENTINEL]
    return module


def settings(module: str) -> dict[str, str]:
    """Return the ``build`` lines of a module information text (runtime/debug, BuildInfo.String)."""
    found = {}
    for line in unframed(module).splitlines():
        kind, _, setting = line.partition("\t")
        if kind == "build":
            match = _SETTING.match(setting)
            if match:
                found[_unquote(match[1])] = _unquote(match[2])
    return found


def _unquote(text: str) -> str:
    if text[:1] == "`":
        return text.strip("`")
    if _QUOTED.fullmatch(text):
        try:
            return str(ast.literal_eval(text))
        except (SyntaxError, ValueError):
            return text
    return text
