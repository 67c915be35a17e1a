"""``goxray query FILE --tables``: the tables of a snapshot and what their columns mean."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, BinaryIO

from rich.cells import cell_len
from rich.text import Text

from goxray.core.errors import UsageError
from goxray.render.terminal import finish, make_console
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goxray.core.snapshot_schema import TableInfo
    from goxray.render.options import RenderOptions

_INDENT = "  "


def write_tables(tables: Sequence[TableInfo], fmt: str, out: BinaryIO, options: RenderOptions) -> None:
    """Write the list as text (``table``) or JSON.

    Raises:
        UsageError: another format.
    """
    if fmt == "json":
        out.write(_as_json(tables))
    elif fmt == "table":
        encoding = "ascii" if options.ascii_only else "utf-8"
        out.write(_as_text(tables, options).encode(encoding, "backslashreplace"))
    else:
        raise UsageError(f"the list of tables is not written as {fmt}", hint="--format table or json")


def _as_json(tables: Sequence[TableInfo]) -> bytes:
    values = [
        {
            "table": table.name,
            "about": table.about,
            "rows": table.rows,
            "columns": [{"name": c.name, "type": c.kind, "meaning": c.meaning} for c in table.columns],
        }
        for table in tables
    ]
    return json.dumps(values, indent=1, ensure_ascii=False).encode("utf-8") + b"\n"


def _as_text(tables: Sequence[TableInfo], options: RenderOptions) -> str:
    console = make_console(options)
    width = max((cell_len(c.name) for table in tables for c in table.columns), default=0)
    for place, table in enumerate(tables):
        if place:
            console.print()
        head = Text(table.name, style="bold cyan")
        head.append(f"  {say('t.rows', options.lang, n=table.rows)}", style="dim")
        head.append(f"  {say(f't.about.{table.name}', options.lang)}", style="none")
        console.print(head)
        for column in table.columns:
            line = Text(_INDENT + column.name.ljust(width) + "  ")
            line.append(say(f"t.meaning.{table.name}.{column.name}", options.lang), style="dim")
            console.print(line)
    return finish(console, options)
