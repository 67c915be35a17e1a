"""How a renderer is asked to write: the reader's language and what the reader's terminal can show."""

from __future__ import annotations

from dataclasses import dataclass

from goxray.render.words import Lang


@dataclass(frozen=True)
class RenderOptions:
    """``width`` is in terminal cells and, like ``color`` and ``ascii_only``, matters for text alone.

    ``table`` names the one table that is wanted of a result that has several; None: all, or the format's first.
    ``verbose``: reports for people show the evidence behind each finding, and every finding where they would stop.
    ``vault``: the directory that commands in a report of the vault must name, where it is not the user's own.
    """

    lang: Lang = "en"
    width: int = 140
    color: bool = False
    ascii_only: bool = False
    table: str | None = None
    verbose: bool = False
    vault: str = ""
