"""Fit names into terminal cells: the middle goes, both ends stay, wide characters count twice."""

from __future__ import annotations

from rich.cells import cell_len, chop_cells, set_cell_size


def elide_middle(text: str, width: int, mark: str = "…") -> str:
    """Return the text in at most ``width`` cells, its middle replaced by ``mark`` where it does not fit.

    The end gets the larger half: in ``main.server.sessions.byToken`` it tells siblings apart.
    """
    if cell_len(text) <= width:
        return text
    room = width - cell_len(mark)
    if room <= 0:
        return set_cell_size(mark, max(width, 0)).rstrip()
    tail_room = (room + 1) // 2
    head = _start(text, room - tail_room)
    return head + mark + _start(text[::-1], tail_room)[::-1]


def _start(text: str, width: int) -> str:
    """Return the longest beginning of the text that takes at most ``width`` cells."""
    if width <= 0:
        return ""
    parts = chop_cells(text, width)
    first = parts[0] if parts else ""
    return first if cell_len(first) <= width else ""
