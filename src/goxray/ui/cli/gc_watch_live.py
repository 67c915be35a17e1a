"""The live chart of ``goxray gc watch`` in a terminal: redrawn a few times a second, gone when the report appears."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

import numpy as np
from rich.cells import cell_len
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from goxray.render import watch_story as story
from goxray.render.terminal import NARROWEST
from goxray.render.text_watch import CHARTS, HEIGHT, chart_lines
from goxray.render.timeline_story import findings_lines
from goxray.render.words import say

if TYPE_CHECKING:
    from types import TracebackType

    from goxray.api_watch import Seen
    from goxray.core.timeline_result import Timeline
    from goxray.core.watch_result import WatchCycle
    from goxray.render.options import RenderOptions

_REDRAW = 0.2
_KEPT = 2400
_CYCLES = 4
_FINDINGS = 2
_FIGURES = ("heap_alloc", "heap_idle", "heap_released", "sys", "goroutines", "threads", "swap", "memory_limit")
_CHARTED = ("t_s", *(name for pair in CHARTS for name in pair))
_GAP = "  "


class LiveView:
    """Shows samples as they come. Use it in a ``with``; :meth:`add` takes each sample."""

    def __init__(self, title: str, options: RenderOptions, console: Console | None = None) -> None:
        """``console`` is another one than the terminal's, for tests."""
        self._title, self._options = title, options
        self._console = console or Console(
            color_system="standard" if options.color else None,
            no_color=not options.color,
            markup=False,
            highlight=False,
            emoji=False,
        )
        self._rows: deque[dict[str, float | None]] = deque(maxlen=_KEPT)
        self._cycles: deque[WatchCycle] = deque(maxlen=_CYCLES)
        self._phase: str | None = None
        self._findings: Timeline | None = None
        self._due = 0.0
        self._live = Live(console=self._console, auto_refresh=False, transient=True)

    def __enter__(self) -> LiveView:
        """Take the screen."""
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the screen back as it was, whatever happened."""
        self._live.__exit__(kind, error, trace)

    def add(self, seen: Seen) -> None:
        """Take one sample; the picture is redrawn now and then."""
        self._rows.append(seen.row)
        self._cycles.extend(seen.cycles)
        self._phase, self._findings = seen.phase, seen.findings
        now = time.monotonic()
        if now >= self._due:
            self._due = now + _REDRAW
            self._live.update(self.picture(), refresh=True)

    def picture(self) -> Group:
        """Return what the screen shows now, cut to the terminal's size."""
        width, height = self._console.size
        columns = {
            name: np.array([np.nan if row[name] is None else row[name] for row in self._rows], np.float64)
            for name in _CHARTED
        }
        below = [*self._figures(width), *map(self._cycle, self._cycles), *self._found()]
        rows = max(min(HEIGHT, (height - 8 - len(below)) // len(CHARTS)), 1)
        lines = [self._head(), *chart_lines(columns, self._options, rows, max(width, NARROWEST)), Text(), *below]
        lines = lines[: max(height - 2, 1)]
        lines.append(Text(say("watch.live.quit", self._options.lang), style="dim"))
        for line in lines:
            line.truncate(width)
        return Group(*lines)

    def _head(self) -> Text:
        lang = self._options.lang
        separator = " - " if self._options.ascii_only else " · "
        phase = say("watch.live.phase", lang, phase=say(f"watch.phase.{self._phase or 'unknown'}", lang))
        cycles = f"NumGC {int(self._rows[-1]['gc_cycles'] or 0)}"
        return Text(separator.join([f"goxray gc watch {self._title}", phase, cycles]), style="bold")

    def _figures(self, width: int) -> list[Text]:
        """The figures of the last sample, in as many lines as they need."""
        lang, row = self._options.lang, self._rows[-1]
        lines = [""]
        for name in _FIGURES:
            value = row[name]
            if value is None:
                continue
            piece = f"{say(f'watch.col.{name}', lang)} {story.figure(name, value)}"
            if lines[-1] and cell_len(lines[-1] + _GAP + piece) > width:
                lines.append("")
            lines[-1] += (_GAP if lines[-1] else "") + piece
        return [Text(line) for line in lines]

    def _cycle(self, cycle: WatchCycle) -> Text:
        row = story.cycle_row(cycle)
        parts = [f"GC {row['n']}", f"@{row['end']}", say("watch.live.pause", self._options.lang, pause=row["pause"])]
        if cycle.seen == "whole":
            arrow = "->" if self._options.ascii_only else "→"
            parts += [row["took"], f"{row['start_bytes']} {arrow} {row['live_bytes']}"]
            parts.append(say("watch.live.goal", self._options.lang, goal=row["goal"]))
        return Text(_GAP + _GAP.join(parts), style="dim")

    def _found(self) -> list[Text]:
        if self._findings is None:
            return []
        lines = findings_lines([self._findings], self._options.lang, _FINDINGS)
        return [Text(line, style="yellow" if self._options.color else "") for line in lines[:_FINDINGS]]
