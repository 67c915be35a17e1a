"""What goxray offers on snapshot files: take one, look into it, query it, compare two. Part of :mod:`goxray.api`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from goxray.core.errors import UsageError
from goxray.core.snapshot_schema import ABOUT, PUBLIC_TABLES, TableInfo
from goxray.store.snapshot import is_snapshot, open_snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from goxray.store.query import QueryResult

__all__ = ["is_snapshot", "query", "refuse_for_snapshot", "tables"]


def refuse_for_snapshot(path: str, options: Mapping[str, bool]) -> None:
    """Refuse what a snapshot cannot do, because it holds no memory contents and does not run.

    Args:
        path: the snapshot.
        options: each option of that kind, and whether it was given.

    Raises:
        UsageError: one of them was given.
    """
    given = [name for name, there in options.items() if there]
    if given:
        raise UsageError(
            f"{path} is a snapshot: it holds no memory contents, so there is no {given[0]} for it",
            hint=f"leave out {' and '.join(given)}, or look at the process or core itself",
        )


@contextmanager
def query(file: str, sql: str) -> Iterator[QueryResult]:
    """Answer one SELECT statement over the public tables of a snapshot file; rows are fetched inside the context.

    Raises:
        BadQuery: the SQL is wrong; the message tells where.
        BadSnapshot: the file is no snapshot, or damaged.
        NotInstalled: there is no DuckDB here.
    """
    from goxray.store.query import run_query

    with open_snapshot(file) as snapshot, run_query(snapshot, sql) as result:
        yield result


def tables(file: str) -> list[TableInfo]:
    """Return the public tables that a snapshot file holds.

    Raises:
        BadSnapshot: the file is no snapshot, or damaged.
    """
    with open_snapshot(file) as snapshot:
        return [
            TableInfo(name, ABOUT[name], snapshot.rows(name), columns)
            for name, columns in PUBLIC_TABLES.items()
            if name in snapshot
        ]
