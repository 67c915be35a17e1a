"""What the reports of the vault are made of: first line, sentences, facts, tables, the next commands; and cells."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from rich.padding import Padding
from rich.text import Text

from goxray.core.units import format_bytes
from goxray.render.columns import Piece
from goxray.render.heap_grid import GridColumn, fit
from goxray.render.safe import printable
from goxray.render.terminal import NARROWEST, facts_grid, finish, lay_line, make_console, print_line
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from goxray.core.vault_result import BundleRow, KeepPeriod
    from goxray.render.options import RenderOptions
    from goxray.render.words import Lang

    Row = dict[str, Any]

INDENT = "  "
_UNTOLD = ("id", "format", "body")
SHORT_ID = 8
"""Digits by which a bundle or key can be named."""

STYLES = {
    "kept": "green", "due": "yellow", "held": "cyan", "begun": "yellow", "destroyed": "dim",
    "missing": "bold red", "stranger": "yellow", "damaged": "bold red",
}  # fmt: skip


class Page:
    """A report on its way: what is told is kept in memory until ``text``."""

    def __init__(self, options: RenderOptions) -> None:
        self.options = options
        self.lang: Lang = options.lang
        self.console = make_console(options)

    def headline(self, deed: str, *parts: str) -> None:
        """Print the first line: the command, and what it was about."""
        separator = " - " if self.options.ascii_only else " · "
        line = separator.join([f"goxray {deed}", *(printable(part) for part in parts if part)])
        self.console.print(Text(line, style="bold", overflow="fold"))

    def line(self, text: str, style: str = "", indent: int = 0) -> None:
        """Print a sentence that wraps under its own beginning."""
        self.console.print(Padding(Text(text, style=style), (0, 0, 0, indent)))

    def say(self, key: str, style: str = "", **values: str | int | None) -> None:
        """Print a sentence of the catalogue; what fills it is made harmless."""
        safe = {name: printable(value) if isinstance(value, str) else value for name, value in values.items()}
        self.line(say(key, self.lang, **safe), style)

    def blank(self) -> None:
        """Print an empty line."""
        self.console.print()

    def facts(self, rows: Iterable[tuple[str, str | Text]]) -> None:
        """Print labels (keys of the catalogue) with what they say; texts are made harmless."""
        self.grid((say(f"vault.label.{label}", self.lang) if label else "", told) for label, told in rows)

    def grid(self, rows: Iterable[tuple[str | Text, str | Text]]) -> None:
        """Print what stands on the left beside what wraps under itself on the right; texts are made harmless."""
        grid = facts_grid()
        for left, right in rows:
            label = Text(printable(left), style="dim") if isinstance(left, str) else left
            grid.add_row(label, Text(printable(right)) if isinstance(right, str) else right)
        self.console.print(Padding(grid, (0, 0, 0, len(INDENT))))

    def table(self, columns: Sequence[GridColumn], rows: Sequence[Row]) -> None:
        """Print a table in the width that there is."""
        fitted = fit(columns, rows, self.options, max(self.options.width, NARROWEST) - len(INDENT))
        heads = [Piece(column.header, "bold dim") for column in fitted]
        print_line(self.console, lay_line(INDENT, fitted, heads), self.options)
        for place in range(len(rows)):
            print_line(self.console, lay_line(INDENT, fitted, [column.cells[place] for column in fitted]), self.options)

    def nexts(self, *commands: tuple[str, str]) -> None:
        """Print what can be done next: commands, and keys of what each is for (empty: it speaks for itself)."""
        grid = facts_grid()
        elsewhere = f" --vault {shlex.quote(self.options.vault)}" if self.options.vault else ""
        for place, (command, why) in enumerate(commands):
            text = Text(printable(command + elsewhere), style="cyan")
            if why:
                text.append(f"  {say(why, self.lang)}", style="dim")
            grid.add_row(say("vault.label.next", self.lang) if place == 0 else "", text)
        self.blank()
        self.console.print(Padding(grid, (0, 0, 0, len(INDENT))))

    def text(self) -> str:
        """Return all that was printed."""
        return finish(self.console, self.options)


# ---- columns and cells


def column(
    label: str, lang: Lang, rank: int, cell: Callable[[Any], Piece | str], *, right: bool = False, least: int = 0
) -> GridColumn:
    """Return a column over rows ``{"it": result}``; a cell that is a text is made harmless."""

    def piece(row: Row, _: object) -> Piece:
        told = cell(row["it"])
        return told if isinstance(told, Piece) else Piece(printable(told))

    return GridColumn(say(f"vault.col.{label}", lang), rank, piece, right=right, least=least)


def as_rows(results: Iterable[object]) -> list[Row]:
    """Return results as rows of ``column``."""
    return [{"it": each} for each in results]


def minute(at: str) -> str:
    """Return a time of a result to the minute, UTC unsaid: for columns."""
    return at[:16].replace("T", " ")


def moment(at: str) -> str:
    """Return a time of a result as sentences say it."""
    return f"{minute(at)} UTC" if at else ""


def short(identifier: str) -> str:
    """Return as much of an id as names it."""
    return identifier[:SHORT_ID]


def digits(ids: Iterable[str]) -> int:
    """Return how many digits tell these ids apart, at least those that commands take."""
    known = sorted(set(ids))
    shared = SHORT_ID - 1
    for one, other in zip(known, known[1:], strict=False):
        at = next((place for place in range(min(len(one), len(other))) if one[place] != other[place]), 0)
        shared = max(shared, at)
    return shared + 1


def period(each: KeepPeriod, lang: Lang) -> str:
    """Return how long a class is kept: calendar months and days."""
    parts = [say("vault.months", lang, n=each.months)] if each.months else []
    parts += [say("vault.days", lang, n=each.days)] if each.days else []
    return " ".join(parts)


def state_of(row: BundleRow, lang: Lang) -> Piece:
    """Return a bundle's state as a cell."""
    return Piece(say(f"vault.state.{row.state}", lang), STYLES[row.state])


def joined(words: Iterable[str], lang: Lang) -> str:
    """Return words as a list."""
    return ("、" if lang == "zh" else ", ").join(words)


def size_of(row: BundleRow) -> str:
    """Return how large a bundle's content is, or its file where nobody read so far."""
    size = row.content_bytes if row.content_bytes is not None else row.file_bytes
    return format_bytes(size) if size else ""


def bundle_columns(rows: Sequence[BundleRow], lang: Lang) -> list[GridColumn]:
    """Return the columns for bundles: those that say something about these."""
    many = digits(row.id for row in rows)
    found = [
        column("bundle", lang, 0, lambda row: Piece(printable(row.id[:many]), "bold")),
        column("state", lang, 0, lambda row: state_of(row, lang)),
        column("name", lang, 1, lambda row: Piece(printable(row.name), "cyan"), least=12),
        column("kind", lang, 8, lambda row: row.kind),
        column("class", lang, 5, lambda row: row.retention),
        column("sealed", lang, 6, lambda row: minute(row.created)),
        column("due", lang, 2, lambda row: minute(row.due)),
    ]
    if any(row.ended for row in rows):
        found.append(column("ended", lang, 3, lambda row: minute(row.ended)))
    found.append(column("size", lang, 7, size_of, right=True))
    if any(row.holds for row in rows):
        found.append(column("holds", lang, 4, lambda row: joined(row.holds, lang), least=10))
    found.append(column("for", lang, 9, lambda row: joined(map(person, row.recipients), lang), least=10))
    return found


def person(name: str) -> str:
    """Return who a key belongs to: its name, or the beginning of its id where the vault knows no name."""
    is_id = len(name) == 32 and not name.strip("0123456789abcdef")
    return short(name) if is_id else name


def detail_of(text: str) -> str:
    """Return an entry's detail, canonical JSON, in short: the id first, ids cut, signed documents left out."""
    try:
        value = json.loads(text) if text else {}
    except ValueError:
        return text
    if not isinstance(value, dict):
        return text
    first = [_brief(value["id"])] if "id" in value else []
    more = ((name, _brief(each)) for name, each in value.items() if name not in _UNTOLD)
    return " ".join(first + [f"{name}={each}" for name, each in more if each])


def _brief(value: object) -> str:
    if isinstance(value, str):
        is_id = len(value) >= 32 and not value.strip("0123456789abcdef")
        return short(value) if is_id else (f'"{value}"' if " " in value else value)
    if isinstance(value, list):
        return ",".join(_brief(each) for each in value)
    return _brief_periods(value) if isinstance(value, dict) else json.dumps(value)


def _brief_periods(value: dict[str, object]) -> str:
    """Return a period, or classes with their periods, as people type them; empty for what is neither."""
    if value.keys() == {"days", "months"}:
        return "".join(f"{value[name]}{name[0]}" for name in ("months", "days") if value[name])
    if all(isinstance(each, dict) and each.keys() == {"days", "months"} for each in value.values()):
        return ",".join(f"{name}:{_brief(each)}" for name, each in value.items())
    return ""
