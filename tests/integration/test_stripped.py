"""Programs without DWARF, and without symbols: all maps to the byte, and types as far as memory tells, never wrong.

What a map is of is told from its contents there, and some contents fit several types. Such a map must say so, in a form
that is true of it, and there must be a reason: numbers that could be others, or too few entries.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from goxray.core.result import MapsResult
from tests.harness import compare
from tests.harness.inspect import command, inspect
from tests.harness.programs import Build, build
from tests.harness.truth import Truth, TruthMap, TruthProgram
from tests.harness.variants import BASELINES, Variant

HEAP_NOISE = 16 << 10
LITERALS = {
    "main.headers": "map[string][]string",
    "url.Values": "map[string][]string",
    "main.set[string]": "map[string]struct {}",
    "main.set[main.pair[int,string]]": "map[main.pair[int,string]]struct {}",
}
"""The named map types of tests/programs/truth: only a variable's type would tell them from the literal."""

NUMBERS = re.compile(
    r"u?int(8|16|32|64|ptr)?|float(32|64)|complex(64|128)|bool|struct \{\}|main\.point|unsafe\.Pointer"
)
NIL_ELEMS = ("shape unevenStrings", "held by an iterator")
"""Maps whose elems are all nil pointers (tests/programs/truth): any pointer type fits."""
FEW = 4
"""Fewer entries than this can fit types by chance; a type that memory cannot tell from another is excused by it."""

RECORDS_NO_TYPES = 21
"""The minor version whose allocator records no types with objects."""

FLAGS = ("-s -w", "-w")
ALSO = {"main.ops": "main.subjects"}
"""Maps that two globals hold: without types the other one may come first."""
STATIC = {"example.com/truth/store.Default", "main.gGeneric"}
"""Pointers to variables that the compiler made without a symbol: by section and offset they are not told apart."""


@dataclass(frozen=True)
class Look:
    """One program without DWARF and what was found in it; ``names`` are its globals by section and offset."""

    flags: str
    variant: Variant
    truth: Truth
    rows: list[compare.Row]
    result: MapsResult
    names: dict[str, list[tuple[int, int, str]]]

    @property
    def contents(self) -> list[compare.Row]:
        """The rows, with a copy of a header as the header where nothing tells the two apart."""
        if self.variant.minor != RECORDS_NO_TYPES:
            return self.rows
        return compare.copies_as_originals(self.truth, self.rows)


def builds() -> list[object]:
    plain = [Build(variant, ldflags=flags) for variant in BASELINES for flags in FLAGS]
    pie = [Build(variant, ldflags="-s -w", pie=True) for variant in (BASELINES[0], BASELINES[3], BASELINES[-1])]
    return [pytest.param(how, id=str(how), marks=pytest.mark.xdist_group(str(how))) for how in plain + pie]


@pytest.fixture(scope="module", params=builds())
def look(request: pytest.FixtureRequest) -> Iterator[Look]:
    how: Build = request.param
    with TruthProgram(how) as program:
        result = inspect(program.pid, verify=True)
        names = symbols_by_section(build("truth", Build(how.variant, ldflags="-w", pie=how.pie)))
        yield Look(how.ldflags, how.variant, program.truth, compare.rows_of(result), result, names)


def symbols_by_section(exe: Path) -> dict[str, list[tuple[int, int, str]]]:
    """The variables of data and bss as nm and readelf know them: (offset, size, name), by section."""
    headers = subprocess.run(["readelf", "-SW", exe], capture_output=True, text=True, check=True).stdout
    starts = {m[1]: int(m[2], 16) for m in re.finditer(r"\] \.(data|bss)\s+\w+\s+([0-9a-f]+)", headers)}
    ends = {
        m[1]: int(m[2], 16) + int(m[3], 16)
        for m in re.finditer(r"\] \.(data|bss)\s+\w+\s+([0-9a-f]+)\s+\w+\s+([0-9a-f]+)", headers)
    }
    found: dict[str, list[tuple[int, int, str]]] = {name: [] for name in starts}
    for line in subprocess.run(["nm", "-S", exe], capture_output=True, text=True, check=True).stdout.splitlines():
        words = line.split(maxsplit=3)
        if len(words) == 4 and words[2] in "bBdD":
            at, size = int(words[0], 16), int(words[1], 16)
            section = next((name for name in starts if starts[name] <= at < ends[name]), "")
            if section:
                found[section].append((at - starts[section], size, words[3]))
    return found


def true_types(expected: TruthMap) -> set[str]:
    return {*expected.types, *(LITERALS[name] for name in expected.types if name in LITERALS)}


def sides(name: str) -> tuple[str, str]:
    """Key and elem of the name of a literal map type."""
    depth = 0
    for at, letter in enumerate(name.removeprefix("map[")):
        depth += (letter == "[") - (letter == "]")
        if depth < 0:
            return name[4 : at + 4], name[at + 5 :]
    raise ValueError(name)


def is_true(shown: str, expected: TruthMap) -> bool:
    """Whether what is shown as a map's type is true of it, as far as it goes."""
    types = true_types(expected)
    if types & {shown, *shown.split(" or ")} or shown == compare.UNKNOWN_TYPE:
        return True
    key, elem = sides(shown)
    literal = [sides(name) for name in types if name.startswith("map[")]
    return "?" in (key, elem) and any(key in ("?", k) and elem in ("?", e) for k, e in literal)


def excused(expected: TruthMap) -> bool:
    """Whether memory cannot tell the map's type: too few entries, or a side that is a number."""
    if expected.figures["entries"] < FEW:
        return True
    literal = next(name for name in true_types(expected) if name.startswith("map["))
    return any(NUMBERS.fullmatch(side) for side in sides(literal)) or expected.label in NIL_ELEMS


def test_every_map_is_listed_once_with_exact_figures(look: Look) -> None:
    def figures(expected: TruthMap, row: compare.Row) -> list[str]:
        unpriced = expected.on_stack and row["type"] == compare.UNKNOWN_TYPE
        found = compare.difference(expected, row)
        return [
            what for what in found if not what.startswith(("type is", "wasted_bytes is 0" if unpriced else "type is"))
        ]

    assert len(look.truth.maps) > 170
    assert compare.differences(look.truth, look.contents, figures) == []
    assert compare.listed_twice(look.rows) == []
    assert look.result.faults == []


def test_no_type_is_wrong(look: Look) -> None:
    def types(expected: TruthMap, row: compare.Row) -> list[str]:
        shown = str(row["type"])
        return [] if is_true(shown, expected) else [f"{shown}, not {expected.types[0]}"]

    assert compare.differences(look.truth, look.contents, types) == []


def test_types_stay_open_for_a_reason_only(look: Look) -> None:
    index = compare.by_address(look.rows)
    listed = [(m, str(index[m.addr]["type"])) for m in look.truth.maps if m.addr in index]
    open_types = [(m, shown) for m, shown in listed if shown not in true_types(m)]
    assert [(m.label, shown) for m, shown in open_types if not excused(m)] == []
    assert len(open_types) < len(listed) * (0.75 if look.variant.minor == 21 else 0.25)


def test_owners_say_where(look: Look) -> None:
    wrong = []
    for expected in look.truth.maps:
        row = compare.by_address(look.rows).get(expected.addr)
        if row is None or not expected.owners or expected.on_stack:
            continue
        owner = str(row["owner"])
        named = named_by_section(owner, look.names) if look.flags == "-s -w" else owner
        roots = {root_of(each) for each in expected.owners}
        told = any(root in named or ALSO.get(root, root) in named for root in roots)
        if not told and not (look.flags == "-s -w" and roots <= STATIC and named == "nothing"):
            wrong.append((expected.label, owner, named, expected.owners))
    assert wrong == []


def root_of(owner: str) -> str:
    """The global's name in an owner expression: up to the second dot of its last path element."""
    head = re.sub(r"^\(?(<-)?", "", owner)
    path, slash, last = head.rpartition("/")
    match = re.match(r"\w+\.\w+", last)
    return path + slash + (match[0] if match else last)


def named_by_section(owner: str, names: dict[str, list[tuple[int, int, str]]]) -> str:
    """An owner with its section and offset replaced by the variable that nm has there."""
    match = re.search(r"(data|bss)\+0x([0-9a-f]+)", owner)
    if match is None:
        return owner
    at = int(match[2], 16)
    name = next((n for offset, size, n in names[match[1]] if offset <= at < offset + max(size, 1)), "nothing")
    return owner.replace(match[0], name)


def test_only_what_types_would_deny_is_taken_for_a_map(look: Look) -> None:
    """Up to 1.21 no small object's type is recorded: what is byte for byte a map's header passes for one."""
    found = compare.lookalikes_listed(look.truth, look.rows)
    assert [each for each in found if look.variant.minor > 21 or " typed: " not in each] == []


def test_the_heap_agrees_with_memstats(look: Look) -> None:
    heap = look.result.heap
    assert heap.live_bytes == heap.runtime_live_bytes == pytest.approx(look.truth.heap_alloc, rel=0, abs=HEAP_NOISE)


def test_the_notes_say_what_is_missing_and_what_it_costs(look: Look) -> None:
    said = [note for note in look.result.notes if "has no" in note]
    assert len(said) == (2 if look.flags == "-s -w" else 1)
    assert "no debug information" in said[-1] and "types" in said[-1]


def test_the_command_ends_well() -> None:
    with TruthProgram(Build(BASELINES[-1], ldflags="-s -w"), sets=("reach",)) as program:
        done = command("maps", str(program.pid), "--verify")
    assert (done.status, done.err) == (0, "")
    assert "map[string]" in done.out and "bss+0x" in done.out and "no symbol table" in done.out
