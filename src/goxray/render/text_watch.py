"""``goxray gc watch`` as text for people: charts, figures, the cycles seen, findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from rich.cells import cell_len
from rich.text import Text

from goxray.core.units import format_bytes
from goxray.render import watch_story as story
from goxray.render.columns import Pen, Piece
from goxray.render.heap_grid import GridColumn, fit
from goxray.render.safe import printable
from goxray.render.terminal import NARROWEST, facts_grid, finish, lay_line, make_console, note_rows, print_line
from goxray.render.timeline_story import at, findings_lines
from goxray.render.watch_chart import draw, held, in_bins
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import Console

    from goxray.core.watch_result import WatchResult
    from goxray.render.options import RenderOptions
    from goxray.render.words import Lang

    Row = dict[str, Any]

CHARTS = (("heap_live", "heap_goal"), ("rss", "cgroup_limit"))
"""What the charts show: columns, and the line over them."""
HEIGHT = 5
_INDENT = "  "
_WIDEST = 100
_CYCLES = 12
_ENOUGH = 3
"""Samples that make a picture."""


def write_table(result: WatchResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the report as text to a binary stream, UTF-8, or ASCII where the terminal knows no more."""
    out.write(render_watch(result, options).encode("ascii" if options.ascii_only else "utf-8", "backslashreplace"))


def render_watch(result: WatchResult, options: RenderOptions) -> str:
    """Return the report as text."""
    console = make_console(options)
    lang = options.lang
    separator = " - " if options.ascii_only else " · "
    if result.unverified:
        console.print(Text(story.unverified(result, lang), style="bold red"))
    console.print(Text(separator.join(story.headline(result, lang)), style="bold"))
    for line in story.summary(result, lang):
        console.print(Text(line))
    if len(result.phases) >= _ENOUGH:
        for row in chart_lines(result.columns, options, HEIGHT, max(options.width, NARROWEST)):
            console.print(row, soft_wrap=True)
    _figures(console, result, options)
    if result.cycles:
        _cycles(console, result, options)
    found = findings_lines(result.timelines, lang)
    if found:
        _title(console, "watch.title.findings", options)
        for line in found:
            console.print(Text(_INDENT + line))
    grid = facts_grid()
    if story.phase_shares(result, lang):
        grid.add_row(say("watch.label.phases", lang), story.phase_shares(result, lang))
    grid.add_row(say("watch.label.cost", lang), story.cost_line(result, lang))
    for label, text in note_rows(story.notes(result, lang), lang):
        grid.add_row(label, text)
    console.print()
    console.print(grid)
    text = finish(console, options)
    return text.replace("–", "-").replace("µ", "u") if options.ascii_only else text


def _title(console: Console, key: str, options: RenderOptions) -> None:
    console.print()
    console.print(Text(say(key, options.lang), style="bold underline" if options.color else "bold"))


def chart_lines(columns: Any, options: RenderOptions, height: int, width: int) -> list[Text]:
    """Return the charts of heap and RSS as lines, with a title each, at most ``width`` cells wide."""
    t_s = columns["t_s"]
    window = float(t_s[0]), float(t_s[-1])
    cells = max(min(width - len(_INDENT) - 1, _WIDEST, 4 * len(t_s)), 8)
    lines = []
    for name, over in CHARTS:
        bars = held(in_bins(t_s, columns[name], cells, window))
        line = held(in_bins(t_s, columns[over], cells, window))
        chart = draw(bars, line, height, options)
        lines += [Text(), _caption(name, over, columns, (chart.top, width), options)]
        style = ("green" if name == "heap_live" else "cyan") if options.color else ""
        lines += [Text(_INDENT + row, style=style) for row in chart.rows]
    lines.append(Text(_INDENT + _axis(window, cells), style="dim"))
    return lines


def _caption(name: str, over: str, columns: Any, size: tuple[float, int], options: RenderOptions) -> Text:
    """What a chart shows; the last parts are left out where they do not fit. ``size``: upper edge, cells."""
    lang = options.lang
    full, line = ("#", "-") if options.ascii_only else ("█", "─")
    parts = [f"{full} {say(f'watch.col.{name}', lang)} {story.figure(name, story.latest(columns[name]))}"]
    above = story.latest(columns[over])
    if above == above:
        parts.append(f"{line} {say(f'watch.col.{over}', lang)} {story.figure(over, above)}")
    parts.append(say("watch.chart.top", lang, bytes=format_bytes(size[0])))
    while len(parts) > 1 and cell_len("  ".join(parts)) > size[1]:
        parts.pop()
    return Text("  ".join(parts), style="bold")


def _axis(window: tuple[float, float], cells: int) -> str:
    first, last = at(window[0]), at(window[1])
    return first + " " * max(cells - len(first) - len(last), 1) + last


def _table(console: Console, columns: Sequence[GridColumn], rows: list[Row], options: RenderOptions) -> None:
    fitted = fit(columns, rows, options, max(options.width, NARROWEST) - len(_INDENT))
    print_line(console, lay_line(_INDENT, fitted, [Piece(c.header, "bold dim") for c in fitted]), options)
    for place in range(len(rows)):
        print_line(console, lay_line(_INDENT, fitted, [column.cells[place] for column in fitted]), options)


def _cell(name: str, style: str = "") -> Callable[[Row, Pen], Piece]:
    return lambda row, _: Piece(row[name], style)


def _figures(console: Console, result: WatchResult, options: RenderOptions) -> None:
    lang = options.lang
    rows: list[Row] = []
    for name in story.FIGURES:
        values = result.columns[name]
        if np.isfinite(values).any():
            shown = [story.figure(name, value) for value in story.extremes(values)]
            row = dict(zip(("first", "least", "most", "last"), shown, strict=True))
            rows.append({"name": say(f"watch.col.{name}", lang), **row})
    _title(console, "watch.title.figures", options)
    heads = [GridColumn("", 0, _cell("name", "dim"), right=False)]
    heads += [
        GridColumn(say(f"watch.head.{name}", lang), rank, _cell(name))
        for name, rank in (("first", 3), ("least", 2), ("most", 1), ("last", 0))
    ]
    _table(console, heads, rows, options)


def _cycles(console: Console, result: WatchResult, options: RenderOptions) -> None:
    lang = options.lang
    _title(console, "watch.title.cycles", options)
    rows: list[Row] = [story.cycle_row(cycle) for cycle in result.cycles[-_CYCLES:]]
    for row in rows:
        row["forced"] = say("watch.yes", lang) if row["forced"] == "yes" else row["forced"]
    _table(console, cycle_columns(lang), rows, options)
    hidden = len(result.cycles) - _CYCLES
    if hidden > 0:
        console.print(Text(_INDENT + say("watch.cycles.more", lang, n=hidden), style="dim"))


def cycle_columns(lang: Lang) -> list[GridColumn]:
    """Return the columns of the table of cycles."""
    ranks = {"n": 0, "end": 1, "took": 3, "pause": 2, "start_bytes": 4, "live_bytes": 5, "goal": 6, "assist": 7,
             "background": 9, "forced": 8}  # fmt: skip
    return [GridColumn(printable(say(f"watch.cycle.{name}", lang)), rank, _cell(name)) for name, rank in ranks.items()]
