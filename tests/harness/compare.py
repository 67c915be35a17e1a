"""A truth and what goxray found, side by side."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from goxray.core.result import MapsResult
from tests.harness.truth import DETAIL, FIGURES, Truth, TruthMap

Row = Mapping[str, object]

_INDEX = re.compile(r"\[[^\[\]]*\]")
UNKNOWN_TYPE = "map[?]?"
"""What stands in the column ``type`` where nothing tells a map's type."""

_COPY = "typed: copy of the header of "
_FOUND_BY = ("typed", "structural", "both")


def rows_of(result: MapsResult) -> list[Row]:
    """Return the table's rows; the result must come from ``group="none"`` without a limit."""
    assert result.group == "none" and result.rows_total == result.table.num_rows
    rows: list[Row] = result.table.to_pylist()
    return rows


def by_address(rows: Iterable[Row]) -> dict[int, Row]:
    """Return the rows by the header's address."""
    return {addr: row for row in rows if isinstance(addr := row["addr"], int)}


def columns_of(result: MapsResult, *names: str) -> dict[int, tuple[object, ...]]:
    """Return some columns of the table's rows by the header's address: all columns of half a million take seconds."""
    assert result.group == "none" and result.rows_total == result.table.num_rows
    columns = [result.table.column(name).to_pylist() for name in ("addr", *names)]
    return {addr: tuple(values) for addr, *values in zip(*columns, strict=True) if isinstance(addr, int)}


def general(owner: str) -> str:
    """Replace every index in an owner expression by ``[...]``."""
    return _INDEX.sub("[...]", owner)


def difference(expected: TruthMap, row: Row) -> list[str]:
    """Say where a row departs from the truth, figure by figure; empty when all is exact."""
    wanted: dict[str, object] = {"kind": expected.kind, **expected.figures, **expected.detail}
    untyped = expected.hidden and row["type"] == UNKNOWN_TYPE
    if untyped and row["indirect_bytes"] in (None, 0):
        del wanted[
            "indirect_bytes"
        ]  # only the type tells whether a word in a slot is an entry's own or a pointer to it
    found = [f"{name} is {row[name]}, not {value}" for name, value in wanted.items() if row[name] != value]
    other = DETAIL["swiss" if expected.kind == "classic" else "classic"]
    found += [f"{name} is {row[name]} in a {expected.kind} map" for name in other if row[name] is not None]
    if row["type"] not in expected.types and not untyped:
        found.append(f"type is {row['type']}, not {expected.types[0]}")
    slots, load = expected.figures["slots"], row["load"]
    if load != (expected.figures["entries"] / slots if slots else None):
        found.append(f"load is {load} with {expected.figures['entries']} of {slots}")
    rebuilt, wasted, size = row["rebuilt_bytes"], row["wasted_bytes"], expected.figures["bytes"]
    if not (isinstance(rebuilt, int) and rebuilt > 0 and wasted == max(0, size - rebuilt)):
        found.append(f"wasted_bytes is {wasted} with {size} bytes, {rebuilt} rebuilt")
    if row["found_by"] not in _FOUND_BY:
        found.append(f"found_by is {row['found_by']}")
    return found


def ownership(expected: TruthMap, row: Row) -> list[str]:
    """Say what is wrong with a row's owner; empty when it is one of the right ones."""
    owner = row["owner"]
    if not isinstance(owner, str) or not owner:
        return [f"owner is {owner!r}"]
    if expected.owners and general(owner) not in expected.owners:
        return [f"owner is {owner}, not {' or '.join(expected.owners)}"]
    missing = [word for word in expected.owner_like if word not in owner]
    return [f"owner is {owner}, without {missing}"] if missing else []


def differences(truth: Truth, rows: list[Row], compare: Callable[[TruthMap, Row], list[str]] = difference) -> list[str]:
    """Compare every map of the truth that has its header on the heap with its row."""
    index = by_address(rows)
    found = []
    for expected in truth.maps:
        row = index.get(expected.addr)
        if row is None:
            found += [] if expected.on_stack else [f"{expected.label} ({expected.addr:#x}): not listed"]
        else:
            found += [f"{expected.label} ({expected.addr:#x}): {what}" for what in compare(expected, row)]
    return found


def copies_as_originals(truth: Truth, rows: list[Row]) -> list[Row]:
    """Return the rows with each header's byte-for-byte copy, where it is listed in its place, as the header.

    For programs without DWARF of Go 1.21, which records no types with objects: nothing in memory tells the two apart
    there (goxray.maps.blind.copies), and the copy may lie at the lower address.
    """
    copies = {kind.removeprefix(_COPY): addr for addr, kind in truth.looks.items() if kind.startswith(_COPY)}
    index = by_address(rows)
    at = {m.addr: copies[m.label] for m in truth.maps if m.addr not in index and copies.get(m.label) in index}
    originals = {copy: addr for addr, copy in at.items()}
    return [{**row, "addr": originals.get(int(str(row["addr"])), row["addr"])} for row in rows]


def listed_twice(rows: list[Row]) -> list[str]:
    """Return the addresses that stand in more than one row."""
    counts = Counter(row["addr"] for row in rows)
    return [f"{addr} in {count} rows" for addr, count in counts.items() if count > 1]


def lookalikes_listed(truth: Truth, rows: list[Row]) -> list[str]:
    """Return the structures that are no maps and are listed as maps."""
    index = by_address(rows)
    return [f"{addr:#x} {kind}: {index[addr]['type']}" for addr, kind in truth.looks.items() if addr in index]


def sums(rows: list[Row]) -> dict[str, int]:
    """Return what MapsResult.totals must say about these rows."""
    return {
        "maps": len(rows),
        **{name: sum(v for row in rows if isinstance(v := row[name], int)) for name in _SUMMED},
    }


_SUMMED = ("entries", "slots", "bytes", "wasted_bytes")
assert set(_SUMMED) - {"wasted_bytes"} <= set(FIGURES)
