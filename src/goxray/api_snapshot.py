"""What goxray offers on snapshot files: take one, look into it, query it, compare two. Part of :mod:`goxray.api`."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

from goxray.core.errors import UsageError
from goxray.core.heap_result import DiffResult, DiffSide
from goxray.core.snapshot_schema import ABOUT, PUBLIC_TABLES, TableInfo
from goxray.store.snapshot import is_snapshot, open_snapshot, write_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pyarrow as pa

    from goxray.heap.diff import Side
    from goxray.heap.snapshot_tables import SnapshotInput
    from goxray.store.manifest import Manifest
    from goxray.store.query import QueryResult

    Progress = Callable[[str, float], None]

__all__ = ["diff", "is_snapshot", "query", "refuse_for_snapshot", "snapshot", "tables"]

_MAP_FIGURES = ["owner", "type", "entries", "bytes"]


@dataclass(frozen=True)
class _How:
    """How targets are looked at that are no snapshots."""

    exe: str | None
    freeze: bool
    allow_unverified: bool
    progress: Progress | None

    def look(self, target: str) -> SnapshotInput:
        """Take a whole look at a process or core."""
        from goxray.api_heap import snapshot_input

        return snapshot_input(
            target, exe=self.exe, freeze=self.freeze, allow_unverified=self.allow_unverified, progress=self.progress
        )


def snapshot(
    target: str,
    out: BinaryIO,
    *,
    exe: str | None = None,
    freeze: bool = True,
    allow_unverified: bool = False,
    progress: Progress | None = None,
) -> Manifest:
    """Take a snapshot of a running Go program or core dump: everything that the other commands need.

    Args:
        target: a pid or the path of a core file.
        out: where the file goes; it is not closed.
        exe: the executable, where the target's own cannot be found.
        freeze: stop the process while it is read; without, the snapshot is ``racy``.
        allow_unverified: read builds whose layout nobody has verified.
        progress: is told what goes on, with the share done, 0 to 1.

    Returns:
        The file's manifest.

    Raises:
        GoxrayError: the target cannot be opened or read.
    """
    from goxray.heap.snapshot_tables import snapshot_manifest, snapshot_tables

    if is_snapshot(target):
        raise UsageError(f"{target} is a snapshot already", hint="copy the file, or name a pid or a core")
    found = _How(exe, freeze, allow_unverified, progress).look(target)
    if progress is not None:
        progress("writing the tables", 0.95)
    return write_snapshot(out, snapshot_manifest(found), snapshot_tables(found))


def diff(
    before: str,
    after: str,
    *,
    exe: str | None = None,
    limit: int | None = None,
    freeze: bool = True,
    allow_unverified: bool = False,
    progress: Progress | None = None,
) -> DiffResult:
    """Compare two snapshots, processes or cores: what grew, shrank, came and went per owner, per type and in maps.

    Args:
        before: the first; a process is looked at now.
        after: the second.
        exe: the executable of those that are no snapshots.
        limit: at most so many rows of each table; None for all.
        freeze: stop processes while they are read.
        allow_unverified: read builds whose layout nobody has verified.
        progress: is told what goes on, with the share done, 0 to 1.

    Raises:
        GoxrayError: one of them cannot be opened or read.
    """
    from goxray.heap.diff import diff_tables

    if is_snapshot(before) and is_snapshot(after):
        given = {"--exe": exe is not None, "--no-freeze": not freeze}
        refuse_for_snapshot(f"{before}, like {after},", given)
    how = _How(exe, freeze, allow_unverified, progress)
    first, second = _half(before, how, (0.0, 0.45)), _half(after, how, (0.45, 0.9))
    whole = diff_tables(first.side, second.side)
    return DiffResult(
        before=first.info,
        after=second.info,
        tables={name: table if limit is None else table.slice(0, limit) for name, table in whole.items()},
        rows_total={name: table.num_rows for name, table in whole.items()},
        notes=[*_joined(first.notes, second.notes), *_cautions(first.info, second.info)],
        unverified=first.unverified or second.unverified,
    )


@dataclass(frozen=True)
class _Half:
    """One side of a comparison with what stands beside its tables."""

    side: Side
    info: DiffSide
    notes: list[str]
    unverified: bool


def _half(spec: str, how: _How, share: tuple[float, float]) -> _Half:
    if is_snapshot(spec):
        with open_snapshot(spec) as opened:
            return _of_tables(opened.manifest, opened.table)
    from goxray.heap.snapshot_tables import map_batches, snapshot_manifest

    found = replace(how, progress=_part(how.progress, share)).look(spec)

    def table(name: str, columns: list[str] | None = None) -> pa.Table:
        import pyarrow as pa

        if name == "maps":
            return pa.Table.from_batches([batch.select(columns) for batch in map_batches(found.maps)])
        return found.tables[{"objects_by_type": "types"}.get(name, name)]

    return _of_tables(snapshot_manifest(found), table)


def _of_tables(manifest: Manifest, table: Callable[..., pa.Table]) -> _Half:
    from goxray.heap.diff import Side

    side = Side(
        owners=table("owners", ["owner", "objects", "bytes"]),
        types=table("objects_by_type", ["type", "objects", "bytes"]),
        maps=table("maps", _MAP_FIGURES),
    )
    info = DiffSide(
        target=manifest.target,
        build=manifest.build,
        consistency=manifest.consistency,
        taken_at=manifest.taken_at,
        live_objects=manifest.heap.live_objects,
        live_bytes=manifest.heap.live_bytes,
        maps=manifest.maps.maps,
        entries=manifest.maps.entries,
    )
    notes = list(manifest.notes)
    if manifest.faults:
        many = "1 thing" if len(manifest.faults) == 1 else f"{len(manifest.faults):,} things"
        notes.append(f"{many} could not be read, so that figures are too low")
    return _Half(side, info, notes, manifest.unverified)


def _part(progress: Progress | None, share: tuple[float, float]) -> Progress | None:
    """Return a progress that fills its own part of the whole line."""
    if progress is None:
        return None
    low, high = share
    tell = progress
    return lambda phase, done: tell(phase, low + (high - low) * done)


def _joined(before: list[str], after: list[str]) -> list[str]:
    """The notes of both, each with the side that it is about; what is true of both is said once."""
    return [
        *(f"both: {note}" for note in before if note in after),
        *(f"before: {note}" for note in before if note not in after),
        *(f"after: {note}" for note in after if note not in before),
    ]


def _cautions(before: DiffSide, after: DiffSide) -> list[str]:
    """What makes the two hard to compare."""
    notes = []
    names = [side.target.exe.rsplit("/", 1)[-1] for side in (before, after)]
    if names[0] != names[1]:
        notes.append(f"the two are different programs: {names[0]} and {names[1]}")
    if before.build != after.build:
        notes.append(f"the two builds differ: {before.build.go_version} and {after.build.go_version}")
    if before.taken_at > after.taken_at:
        notes.append("the first was taken after the second: what is said to grow has shrunk")
    return notes


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

    with open_snapshot(file) as opened, run_query(opened, sql) as result:
        yield result


def tables(file: str) -> list[TableInfo]:
    """Return the public tables that a snapshot file holds.

    Raises:
        BadSnapshot: the file is no snapshot, or damaged.
    """
    with open_snapshot(file) as opened:
        return [
            TableInfo(name, ABOUT[name], opened.rows(name), columns)
            for name, columns in PUBLIC_TABLES.items()
            if name in opened
        ]
