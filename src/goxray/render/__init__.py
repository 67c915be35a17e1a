"""Floor 5: a result in, text or bytes out. Nothing here reads a target or measures anything.

A renderer is a function ``(result, out, options)`` that writes bytes to ``out``; :func:`write` finds it by its name
and imports only that one.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, BinaryIO

from goxray.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from goxray.core.result import MapsResult
    from goxray.render.options import RenderOptions

    Renderer = Callable[[MapsResult, BinaryIO, RenderOptions], None]

_RENDERERS = {
    "table": "goxray.render.text:write_table",
    "json": "goxray.render.json_maps:write_json",
    "csv": "goxray.render.tabular:write_csv",
    "parquet": "goxray.render.tabular:write_parquet",
    "arrow": "goxray.render.tabular:write_arrow",
    "html": "goxray.render.html.page:write_html",
}

FORMATS = tuple(_RENDERERS)
"""The names that ``--format`` takes, in the order in which they are shown."""

NOT_FOR_TERMINALS = frozenset({"parquet", "arrow", "html"})
"""Formats that would only fill a terminal with noise."""


def write(result: MapsResult, fmt: str, out: BinaryIO, options: RenderOptions) -> None:
    """Write a result to a binary stream in the format of that name.

    Raises:
        UsageError: no renderer has that name.
    """
    if fmt not in _RENDERERS:
        raise UsageError(f"no such format: {fmt}", hint=f"one of {', '.join(FORMATS)}")
    module, function = _RENDERERS[fmt].split(":")
    renderer: Renderer = getattr(import_module(module), function)
    renderer(result, out, options)
