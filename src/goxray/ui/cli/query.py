"""``goxray query``: SQL over the tables of a snapshot."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from goxray.core.errors import UsageError
from goxray.render.rows_table import ROW_FORMATS
from goxray.ui.cli.output import opened, render_options
from goxray.ui.cli.params import language_option

if TYPE_CHECKING:
    from goxray.render.words import Lang

_ROWS = 100
_SUFFIXES = {".json": "json", ".csv": "csv", ".parquet": "parquet", ".arrow": "arrow"}
_NOT_FOR_TERMINALS = frozenset({"parquet", "arrow"})


@click.command(
    epilog="""\b
Examples:
  goxray query monday.gox --tables
  goxray query monday.gox "SELECT owner, bytes FROM owners ORDER BY bytes DESC LIMIT 10"
  goxray query monday.gox "SELECT * FROM maps WHERE load < 0.1" --format csv -o empty.csv
  goxray query monday.gox - < report.sql

\b
Exit status: 0 answered, 2 the SQL or the options are wrong, 3 failed."""
)
@click.argument("file")
@click.argument("sql", required=False)
@click.option("--tables", is_flag=True, help="List the tables, their columns and what these mean.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    metavar="N",
    help=f"Show at most N rows of the text table; 0 shows all.  [default: {_ROWS}]",
)
@click.option(
    "--format", "fmt", type=click.Choice(ROW_FORMATS), help="How to write.  [default: by -o's suffix, else table]"
)
@click.option("-o", "--output", metavar="FILE", help="Write to FILE instead of standard output.")
@language_option()
def query(
    file: str, sql: str | None, tables: bool, limit: int | None, fmt: str | None, output: str | None, lang: Lang
) -> None:
    """Answer SQL, one SELECT statement, over the tables of the snapshot FILE.

    The SQL is DuckDB's; "-" reads it from standard input. The query sees the tables of the snapshot and nothing else.
    """
    fmt = fmt or (_SUFFIXES.get(Path(output).suffix.lower(), "table") if output else "table")
    if fmt in _NOT_FOR_TERMINALS and output is None and sys.stdout.isatty():
        raise UsageError(f"{fmt} is not for terminals", hint=f"write it to a file: -o answer.{fmt}")
    if tables:
        _list_tables(file, sql, fmt, output, lang)
        return
    if sql is None:
        raise UsageError("there is no query", hint=f'goxray query {file} --tables, then "SELECT ..."')
    text = sys.stdin.read() if sql == "-" else sql
    with opened(output) as out:
        from goxray import api
        from goxray.render.rows_table import write_rows

        with api.query(file, text) as answer:
            most = (_ROWS if limit is None else limit) or None
            write_rows(answer.schema, answer.batches, fmt, out, render_options(output, lang), most)


def _list_tables(file: str, sql: str | None, fmt: str, output: str | None, lang: Lang) -> None:
    if sql is not None:
        raise UsageError("--tables lists the tables: there is no place for a query", hint="leave out one of them")
    with opened(output) as out:
        from goxray import api
        from goxray.render.tables_list import write_tables

        write_tables(api.tables(file), fmt, out, render_options(output, lang))
