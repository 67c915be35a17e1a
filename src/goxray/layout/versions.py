"""The Go versions whose layout is known: one row here and one data file make a new version.

``tools/gen_layout.py`` writes the data file; the oracle tests then compare it with freshly built programs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from goxray.layout.version import GoVersion


@dataclass(frozen=True)
class MapHashing:
    """How a release line hashes the keys of its maps, as far as structs and constants do not tell.

    ``dialect`` is how the compiler cuts a type into what is hashed together: by ``runs`` of neighbouring memory fields
    (cmd/compile/internal/reflectdata, genhash), by ``aligned runs`` where it does not trust the machine with unaligned
    loads (cmd/internal/sys, Arch.Alignment: loong64 up to 1.26), or by the type's flat ``signature`` (eqSignature).
    ``salted`` tells that the hash used without AES instructions mixes constants of its own with the first random word
    and leaves the others unused (runtime/hash64.go, m1 to m4); later it uses all four words as they are. ``whole_seed``
    tells that all of the seed enters arm64's AES hash of a 4-byte key; before 1.27 only its low half does
    (runtime/asm_arm64.s, memhash32; internal/runtime/maps/memhash_arm64.s, memHash32AES).
    """

    dialect: Literal["runs", "aligned runs", "signature"]
    salted: bool
    whole_seed: bool = False


_SALTED_RUNS = MapHashing("runs", salted=True)
_RUNS = MapHashing("runs", salted=False)
_SIGNATURE = MapHashing("signature", salted=False, whole_seed=True)


@dataclass(frozen=True)
class SwissRules:
    """What a release line's Swiss maps do in ways that no struct or constant tells.

    ``pruning`` names the assigns that prune tombstones before a table grows: those of the keys' fast kinds
    (internal/runtime/maps/runtime_fast32.go, ...fast64.go, ...faststr.go); the generic one, ``""``, never did.
    ``finds_first`` tells that a full small map looks for the key before it grows to a table; up to 1.26 it grows even
    where the key is there (runtime_mapassign). ``clearing`` tells which groups table.Clear zeroes: ``all``, those with
    entries (``full``), or those with entries only where slots are large or entries few (``sparse``).
    """

    pruning: frozenset[str]
    finds_first: bool
    clearing: Literal["all", "full", "sparse"]


@dataclass(frozen=True)
class VersionRow:
    """One release line: its data file, and the patch releases at both ends of the range that gave this very data.

    ``swiss`` is None for a line that has classic maps only.
    Outside that range the line's data is a start, and the target's own DWARF has the last word.
    """

    line: tuple[int, int]
    file: str
    first_verified: int
    last_verified: int
    hashing: MapHashing
    swiss: SwissRules | None = None

    def hashing_on(self, goarch: str) -> MapHashing:
        """Return how the line hashes on one machine."""
        if goarch == "loong64" and self.hashing.dialect == "runs":
            return replace(self.hashing, dialect="aligned runs")
        return self.hashing

    def covers(self, version: GoVersion) -> bool:
        """Whether exactly this release lies in the verified range."""
        return version.line == self.line and self.first_verified <= version.patch <= self.last_verified


_PLAIN_FAST = frozenset({"32", "64", "str"})
_EVERY_FAST = _PLAIN_FAST | {"32ptr", "64ptr"}

VERSIONS: tuple[VersionRow, ...] = (
    VersionRow((1, 21), "go1.21.json", 13, 13, _SALTED_RUNS),
    VersionRow((1, 22), "go1.22.json", 10, 10, _SALTED_RUNS),
    VersionRow((1, 23), "go1.23.json", 9, 9, _RUNS),
    VersionRow((1, 24), "go1.24.json", 11, 11, _RUNS, SwissRules(frozenset(), False, "all")),
    VersionRow((1, 25), "go1.25.json", 0, 5, _RUNS, SwissRules(_PLAIN_FAST, False, "full")),
    VersionRow((1, 26), "go1.26.json", 0, 6, _RUNS, SwissRules(_PLAIN_FAST, False, "sparse")),
    VersionRow((1, 27), "go1.27.json", 0, 3, _SIGNATURE, SwissRules(_EVERY_FAST, True, "sparse")),
)

OLDEST, NEWEST = VERSIONS[0], VERSIONS[-1]


def row_for(version: GoVersion) -> VersionRow | None:
    """Return the row of the version's release line, or None where the line is not known."""
    return next((row for row in VERSIONS if row.line == version.line), None)
