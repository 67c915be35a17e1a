"""The live chart of ``goxray gc watch`` in a terminal: redrawn a few times a second, gone when the report appears."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from goxray.core.watch_result import WATCH_COLUMNS
from goxray.render import watch_story as story
from goxray.render.terminal import NARROWEST
from goxray.render.text_watch import HEIGHT, chart_lines
from goxray.render.words import say

if TYPE_CHECKING:
    from types import TracebackType

    from goxray.api_watch import Seen
    from goxray.core.watch_result import WatchCycle
    from goxray.render.options import RenderOptions

_REDRAW = 0.2
_KEPT = 6000
_CYCLES = 4
_FIGURES = ("heap_alloc", "heap_idle", "heap_released", "sys", "goroutines", "threads", "swap", "memory_limit")


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
        self._phase = seen.phase
        now = time.monotonic()
        if now >= self._due:
            self._due = now + _REDRAW
            self._live.update(self.picture(), refresh=True)

    def picture(self) -> Group:
        """Return what the screen shows now, cut to the terminal's size."""
        width, height = self._console.size
        columns = {
            name: np.array([np.nan if row[name] is None else row[name] for row in self._rows], np.float64)
            for name in WATCH_COLUMNS
        }
        lang = self._options.lang
        separator = " - " if self._options.ascii_only else " · "
        phase = say(f"watch.phase.{self._phase or 'unknown'}", lang)
        head = [f"goxray gc watch {self._title}", say("watch.live.phase", lang, phase=phase), self._count()]
        rows = max(min(HEIGHT, (height - 8 - len(self._cycles)) // 2), 1)
        lines = [Text(separator.join(head), style="bold")]
        lines += chart_lines(columns, self._options, rows, max(width, NARROWEST))
        lines += [Text(), Text(self._figures(columns)), *map(self._cycle, self._cycles)]
        lines.append(Text(say("watch.live.quit", lang), style="dim"))
        for line in lines:
            line.truncate(width)
        return Group(*lines[: max(height - 1, 1)])

    def _count(self) -> str:
        last = self._rows[-1]
        return f"NumGC {int(last['gc_cycles'] or 0)}"

    def _figures(self, columns: dict[str, NDArray[np.float64]]) -> str:
        lang = self._options.lang
        shown = [
            f"{say(f'watch.col.{name}', lang)} {story.figure(name, float(columns[name][-1]))}"
            for name in _FIGURES
            if columns[name][-1] == columns[name][-1]
        ]
        return "  ".join(shown)

    def _cycle(self, cycle: WatchCycle) -> Text:
        row = story.cycle_row(cycle)
        return Text(
            f"  GC {row['n']}  @{row['end']}  {row['took']}  {row['pause']}  "
            f"{row['start_bytes']} → {row['live_bytes']}  {row['goal']}",
            style="dim",
        )
