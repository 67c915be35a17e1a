"""``goxray model gc`` as text for people: the heap after each step, every collection, and a picture of both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from rich.padding import Padding
from rich.text import Text

from goxray.core.units import format_bytes
from goxray.render import gc_story as story
from goxray.render.columns import Pen, Piece
from goxray.render.heap_grid import GridColumn, fit
from goxray.render.safe import printable
from goxray.render.terminal import NARROWEST, facts_grid, finish, lay_line, make_console, note_rows, print_line
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from goxray.core.gc_result import GcResult, GcRun
    from goxray.render.options import RenderOptions
    from goxray.render.words import Lang

    Row = dict[str, Any]

_INDENT = "  "
_CYCLES = 20
_HEIGHT, _WIDEST = 10, 100
_STEP_WIDTH = 20
_RANKS = {"heap_alloc": 1, "heap_inuse": 2, "heap_released": 3, "heap_sys": 4, "heap_idle": 6, "sys": 5, "heap_goal": 7}


def write_table(result: GcResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the report as text to a binary stream, UTF-8, or ASCII where the terminal knows no more."""
    out.write(render_model_gc(result, options).encode("ascii" if options.ascii_only else "utf-8", "backslashreplace"))


def render_model_gc(result: GcResult, options: RenderOptions) -> str:
    """Return the report as text, one section a Go version."""
    console = make_console(options)
    for place, run in enumerate(result.runs):
        if place:
            console.print()
        _run(console, run, options)
    grid = facts_grid()
    for label, text in note_rows(story.notes(result, options.lang), options.lang):
        grid.add_row(label, text)
    console.print()
    console.print(grid)
    return finish(console, options)


def _run(console: Console, run: GcRun, options: RenderOptions) -> None:
    separator = " - " if options.ascii_only else " · "
    console.print(Text(separator.join(["goxray model gc", f"{run.go_version} linux/{run.goarch}"]), style="bold"))
    told = story.tell(run, options.lang)
    console.print(Text(told.replace("–", "-") if options.ascii_only else told))
    _title(console, "g.title.steps", options)
    _steps(console, run, options)
    _title(console, "g.title.bars", options)
    _bars(console, run, options)
    _title(console, "g.title.cycles", options)
    _cycles(console, run, options)
    if run.cycles:
        _title(console, "g.title.picture", options)
        _picture(console, run, options)


def _title(console: Console, key: str, options: RenderOptions) -> None:
    console.print()
    console.print(Text(say(key, options.lang), style="bold underline" if options.color else "bold"))


def _steps(console: Console, run: GcRun, options: RenderOptions) -> None:
    dash = "-" if options.ascii_only else "–"
    rows = [
        {
            "step": str(step.step),
            "text": printable(step.text) or say("g.start", options.lang),
            "num_gc": story.figure(step, "num_gc", dash),
            **{name: story.figure(step, name, dash) for name in story.BYTES},
        }
        for step in run.steps
    ]
    fitted = fit(_columns(options.lang), rows, options, max(options.width, NARROWEST) - len(_INDENT))
    print_line(console, lay_line(_INDENT, fitted, [Piece(c.header, "bold dim") for c in fitted]), options)
    for place in range(len(rows)):
        print_line(console, lay_line(_INDENT, fitted, [column.cells[place] for column in fitted]), options)


def _columns(lang: Lang) -> list[GridColumn]:
    def cell(name: str, style: str = "") -> Callable[[Row, Pen], Piece]:
        return lambda row, _: Piece(row[name], style)

    def head(name: str) -> str:
        return say(f"g.col.{name}", lang)

    return [
        GridColumn(head("step"), 0, cell("step", "dim")),
        GridColumn(head("text"), 0, cell("text", "cyan"), right=False, least=_STEP_WIDTH),
        *(GridColumn(head(name), _RANKS[name], cell(name)) for name in story.BYTES),
        GridColumn(head("num_gc"), 3, cell("num_gc")),
    ]


def _bars(console: Console, run: GcRun, options: RenderOptions) -> None:
    """Draw what the heap's memory is used for after each step, and where the next collection's goal lies."""
    ranked = str(len(run.steps) - 1)
    width = min(max(options.width, NARROWEST) - len(_INDENT) - len(ranked) - 2, _WIDEST)
    used, kept, given, mark = ("#", "+", ".", "|") if options.ascii_only else ("█", "▒", "·", "┃")
    for step, (inuse, idle, released, goal) in zip(run.steps, story.bars(run.steps, width), strict=True):
        cells = (used * inuse + kept * idle + given * released).ljust(width)
        if goal >= 0:
            cells = cells[:goal] + mark + cells[goal + 1 :]
        console.print(Text(f"{_INDENT}{step.step:>{len(ranked)}} {cells}"), soft_wrap=True)
    legend = [f"{sign} {say(f'g.legend.{name}', options.lang)}" for sign, name in (
        (used, "inuse"), (kept, "idle"), (given, "released"), (mark, "next")
    )]  # fmt: skip
    legend.append(say("g.legend.width", options.lang, bytes=format_bytes(story.widest(run.steps))))
    console.print(Padding(Text("  ".join(legend), style="dim"), (0, 0, 0, len(_INDENT))))


def _cycles(console: Console, run: GcRun, options: RenderOptions) -> None:
    if not run.cycles:
        console.print(Padding(Text(say("g.cycles.none", options.lang), style="dim"), (0, 0, 0, len(_INDENT))))
    for cycle in run.cycles[:_CYCLES]:
        console.print(Text(_INDENT + cycle.trace), soft_wrap=True)
    rest = len(run.cycles) - _CYCLES
    if rest > 0:
        console.print(Padding(Text(say("g.cycles.more", options.lang, n=rest), style="dim"), (0, 0, 0, len(_INDENT))))


def _picture(console: Console, run: GcRun, options: RenderOptions) -> None:
    """Draw the heap as columns and its goal as a line over them, against what has been allocated."""
    width = min(max(options.width, NARROWEST) - len(_INDENT) - 1, _WIDEST)
    places = story.columns(run.picture, width)
    top = max(max(heap, min(goal, 4 * heap)) for heap, goal in places) or 1
    places = [(heap, goal if goal <= top else -1) for heap, goal in places]
    full, line = ("#", "-") if options.ascii_only else ("█", "─")
    for row in range(_HEIGHT, 0, -1):
        low, high = top * (row - 1) / _HEIGHT, top * row / _HEIGHT
        cells = "".join(line if low < goal <= high else full if heap > low else " " for heap, goal in places)
        console.print(Text(_INDENT + cells), soft_wrap=True)
    legend = [
        f"{full} {say('g.legend.heap', options.lang)}",
        f"{line} {say('g.legend.goal', options.lang)}",
        say("g.legend.peak", options.lang, bytes=format_bytes(top)),
        say("g.axis", options.lang, bytes=format_bytes(run.picture[-1].allocated)),
    ]
    console.print(Padding(Text("  ".join(legend), style="dim"), (0, 0, 0, len(_INDENT))))
