"""Snapshot files: one zip of Parquet tables and a manifest, made to be read in ten years and by other tools.

The members are stored, not compressed, so that a table can be read where it lies in the file, mapped into memory; the
Parquet inside is compressed with zstd. Any zip tool takes the file apart and any Parquet reader reads the tables.
``manifest.json`` comes last, because it holds the hashes of what is written before it.
"""

from __future__ import annotations

import hashlib
import io
import os
import struct
import zipfile
import zlib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias, cast

import pyarrow as pa
from pyarrow import parquet

from goxray.core.errors import BadSnapshot
from goxray.core.snapshot_schema import ALWAYS, PUBLIC_TABLES, SNAPSHOT_SUFFIX, public_schema
from goxray.store.manifest import Manifest, TableEntry, from_json, to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import TracebackType

Rows: TypeAlias = "pa.Table | Iterable[pa.RecordBatch]"
"""The rows of a table that is written: all at once, or in batches of one schema, at least one."""

MANIFEST = "manifest.json"
_ROW_GROUP = 1 << 20
_LOCAL_HEADER = struct.Struct("<4s5H3I2H")  # APPNOTE.TXT 4.3.7
_LOCAL_MAGIC = b"PK\x03\x04"
_MAX_MANIFEST = 256 << 20
_AGAIN = "the file is damaged: copy it again, or take the snapshot again"


def is_snapshot(path: str) -> bool:
    """Return whether a target's name is that of a snapshot: a file that begins like a zip, or is called ``*.gox``."""
    try:
        if not Path(path).is_file():
            return False
        with open(path, "rb") as file:
            return file.read(4) == _LOCAL_MAGIC or path.endswith(SNAPSHOT_SUFFIX)
    except (OSError, ValueError):
        return path.endswith(SNAPSHOT_SUFFIX)


def write_snapshot(out: BinaryIO, manifest: Manifest, tables: Iterable[tuple[str, Rows]]) -> Manifest:
    """Write a snapshot; return the manifest with its tables filled in.

    Args:
        out: where to, a pipe if need be; it is not closed.
        manifest: all but its ``tables``.
        tables: name and rows of each table, in the order of the file. Rows that come as record batches are written as
            they come, at most a million at a time in memory. Public tables have the columns of
            :mod:`goxray.core.snapshot_schema`; internal ones any.

    Raises:
        ValueError: a table comes twice, is missing, or a public one has other columns: a bug of the caller.
    """
    entries: dict[str, TableEntry] = {}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name, rows in tables:
            if name in entries:
                raise ValueError(f"the table {name} comes twice")
            entries[name] = _write_table(archive, name, rows, manifest.taken_at)
        missing = [name for name in ALWAYS if name not in entries]
        if missing:
            raise ValueError(f"no table {missing[0]}")
        written = replace(manifest, tables=tuple(entries.values()))
        archive.writestr(_member(MANIFEST, manifest.taken_at), to_json(written))
    return written


def _write_table(archive: zipfile.ZipFile, name: str, rows: Rows, taken_at: str) -> TableEntry:
    member = f"{name}.parquet"
    schema, batches = _batches(name, rows)
    with archive.open(_member(member, taken_at), "w", force_zip64=True) as raw:
        hashed = _Hashed(raw)
        with _writer(hashed, schema) as writer:
            count = 0
            for batch in batches:
                count += batch.num_rows
                writer.write_table(pa.Table.from_batches([batch], schema), row_group_size=_ROW_GROUP)
    columns = tuple((f.name, str(f.type), (f.metadata or {}).get(b"meaning", b"").decode()) for f in schema)
    return TableEntry(name, member, count, hashed.hexdigest(), columns)


def _writer(out: _Hashed, schema: pa.Schema) -> parquet.ParquetWriter:
    """Names are written as a dictionary, numbers as they are: addresses hardly repeat, and zstd does the rest."""
    named = [f.name for f in schema if pa.types.is_dictionary(f.type) or pa.types.is_string(f.type)]
    return parquet.ParquetWriter(
        out, schema, compression="zstd", compression_level=1, use_dictionary=named, write_statistics=True
    )


def _batches(name: str, rows: Rows) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """Return a table's schema and its rows in batches of one row group."""
    if isinstance(rows, pa.Table):
        schema = rows.schema
        batches = iter(rows.to_batches(max_chunksize=_ROW_GROUP))
    else:
        coming: Iterator[pa.RecordBatch] = iter(rows)
        first = next(coming, None)
        if first is None:
            raise ValueError(f"the table {name} has not even an empty batch to tell its columns")
        schema, batches = first.schema, _chain(first, coming)
    wanted = public_schema(name) if name in PUBLIC_TABLES else schema
    if not schema.equals(wanted):
        raise ValueError(f"the table {name} has the columns {schema} instead of {wanted}")
    return wanted, (batch.replace_schema_metadata(wanted.metadata) for batch in batches)


def _chain(first: pa.RecordBatch, others: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield first
    yield from others


def _member(name: str, taken_at: str) -> zipfile.ZipInfo:
    date = (1980, 1, 1, 0, 0, 0)
    with suppress(ValueError):
        year, month, day = (int(part) for part in taken_at[:10].split("-"))
        hour, minute, second = (int(part) for part in taken_at[11:19].split(":"))
        if 1980 <= year < 2108:
            date = (year, month, day, hour, minute, second)
    info = zipfile.ZipInfo(name, date)
    info.external_attr = 0o600 << 16
    return info


class _Hashed(io.RawIOBase):
    """A stream that passes on what is written and hashes it. Closing it leaves what is below open."""

    def __init__(self, below: Any) -> None:
        super().__init__()
        self._below = below
        self._sha = hashlib.sha256()
        self._at = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def write(self, data: Any) -> int:
        view = memoryview(data)
        self._sha.update(view)
        self._below.write(view)
        self._at += view.nbytes
        return view.nbytes

    def hexdigest(self) -> str:
        """Return the SHA-256 of all that was written."""
        return self._sha.hexdigest()


class Snapshot:
    """An open snapshot file: ``manifest``, and the tables, each read when it is asked for.

    Close it, or use it in a ``with``. Tables that were read stay valid afterwards.
    """

    def __init__(
        self, path: str, source: pa.MemoryMappedFile, manifest: Manifest, places: dict[str, pa.Buffer]
    ) -> None:
        self.path = path
        self.manifest = manifest
        self._source = source
        self._places = places
        self._entries = {entry.name: entry for entry in manifest.tables}
        self._checked: set[str] = set()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all tables, internal ones included, in the order of the file."""
        return tuple(self._entries)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def rows(self, name: str) -> int:
        """Return how many rows a table has. Raises BadSnapshot where there is no such table."""
        return self._entry(name).rows

    def table(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """Read a table, or only some of its columns, from the mapped file.

        Raises:
            BadSnapshot: there is no such table, or it is damaged.
        """
        entry = self._entry(name)
        try:
            table = self.file(name).read(columns=None if columns is None else list(columns))
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(name) from error
        if table.num_rows != entry.rows or (columns is not None and table.column_names != list(columns)):
            raise self._damaged(name)
        return table

    def file(self, name: str) -> parquet.ParquetFile:
        """Return a table as a Parquet file, whose parts are read when they are asked for.

        Raises:
            BadSnapshot: as :meth:`table`.
        """
        self._check(name)
        try:
            file = parquet.ParquetFile(pa.BufferReader(self._places[name]))
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(name) from error
        if name in PUBLIC_TABLES:
            found = file.schema_arrow
            for wanted in public_schema(name):
                place = found.get_field_index(wanted.name)
                if place < 0 or found.field(place).type != wanted.type:
                    raise self._damaged(name, f": its column {wanted.name} is missing or of another type")
        return file

    def buffer(self, name: str) -> pa.Buffer:
        """Return the bytes of a table's Parquet file, checked by their hash. Raises as :meth:`table`."""
        self.file(name)
        return self._places[name]

    def close(self) -> None:
        """Let go of the file."""
        self._source.close()

    def __enter__(self) -> Snapshot:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _entry(self, name: str) -> TableEntry:
        entry = self._entries.get(name)
        if entry is None:
            raise BadSnapshot(f"{self.path} has no table {name}", hint="take the snapshot again with this goxray")
        return entry

    def _check(self, name: str) -> None:
        """Compare a table's hash, once."""
        entry = self._entry(name)
        if name not in self._checked:
            if hashlib.sha256(self._places[name]).hexdigest() != entry.sha256:
                raise self._damaged(name, ": its bytes do not have the hash that the manifest tells")
            self._checked.add(name)

    def _damaged(self, name: str, why: str = "") -> BadSnapshot:
        return BadSnapshot(f"{self.path}: the table {name} is damaged{why}", hint=_AGAIN)


def open_snapshot(path: str) -> Snapshot:
    """Open a snapshot file. Only the manifest is read; tables are read, and checked by their hash, when asked for.

    Raises:
        BadSnapshot: it is none, is cut off, lacks a table that its manifest names, or was written by a newer goxray.
    """
    try:
        source = pa.memory_map(path)
    except OSError as error:
        raise BadSnapshot(f"cannot open {path}: {os.strerror(error.errno or 0)}") from error
    try:
        whole = source.read_buffer()
        members = _members(path)
        manifest = from_json(_manifest_bytes(path, members, whole), path)
        return Snapshot(path, source, manifest, _places(path, manifest, members, whole))
    except BaseException:
        source.close()
        raise


def _members(path: str) -> dict[str, zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        with open(path, "rb") as file:
            begins_well = file.read(4) == _LOCAL_MAGIC
        if begins_well:
            raise BadSnapshot(f"{path} is cut off: its end is missing", hint=_AGAIN) from error
        raise BadSnapshot(f"{path} is no snapshot", hint="goxray snapshot PID -o FILE.gox takes one") from error
    members = {info.filename: info for info in infos}
    if len(members) < len(infos):
        raise BadSnapshot(f"{path} holds two members of one name", hint=_AGAIN)
    return members


def _manifest_bytes(path: str, members: dict[str, zipfile.ZipInfo], whole: pa.Buffer) -> bytes:
    info = members.get(MANIFEST)
    if info is None:
        raise BadSnapshot(f"{path} is a zip file but no snapshot of goxray", hint="goxray snapshot PID -o FILE.gox")
    if info.file_size > _MAX_MANIFEST:
        raise BadSnapshot(f"{path}: its manifest is larger than any real one", hint=_AGAIN)
    raw = cast("bytes", _content(path, info, whole).to_pybytes())
    if zlib.crc32(raw) != info.CRC:
        raise BadSnapshot(f"{path}: its manifest is damaged", hint=_AGAIN)
    return raw


def _places(
    path: str, manifest: Manifest, members: dict[str, zipfile.ZipInfo], whole: pa.Buffer
) -> dict[str, pa.Buffer]:
    """Return where the bytes of each table lie."""
    places = {}
    for entry in manifest.tables:
        info = members.get(entry.member)
        if info is None or entry.name in places:
            raise BadSnapshot(f"{path} lacks the member {entry.member} that its manifest names", hint=_AGAIN)
        places[entry.name] = _content(path, info, whole)
    for name in ALWAYS:
        if name not in places:
            raise BadSnapshot(f"{path} has no table {name}", hint=_AGAIN)
    return places


def _content(path: str, info: zipfile.ZipInfo, whole: pa.Buffer) -> pa.Buffer:
    """Return the bytes of a stored member, in place: they follow its local header."""
    begin = info.header_offset
    after = begin + _LOCAL_HEADER.size
    if info.compress_type != zipfile.ZIP_STORED or begin < 0 or after > whole.size:
        raise BadSnapshot(f"{path}: its member {info.filename} is not stored as snapshots store it", hint=_AGAIN)
    header = _LOCAL_HEADER.unpack(whole.slice(begin, _LOCAL_HEADER.size).to_pybytes())
    start = after + header[-2] + header[-1]
    if header[0] != _LOCAL_MAGIC or start + info.file_size > whole.size:
        raise BadSnapshot(f"{path} is cut off or damaged: its member {info.filename} does not fit", hint=_AGAIN)
    return whole.slice(start, info.file_size)
