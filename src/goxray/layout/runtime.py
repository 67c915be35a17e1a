"""The facts of one build's runtime: where fields lie, how large things are, what constants mean."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from goxray.core.errors import LayoutMismatch, LayoutUnknown
from goxray.layout.data import Facts, Field, MapKind, Struct
from goxray.layout.version import GoVersion
from goxray.layout.versions import MapHashing, SwissRules

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_GUIDE = "this build of Go is laid out in a way that goxray has no data for; please report it"
_CHANGED = "the program was built by a changed Go toolchain; please report it"


class DwarfStruct(Protocol):
    """What :meth:`RuntimeLayout.with_dwarf` asks of a struct read from DWARF.

    ``size`` is in bytes, ``fields`` maps each named field to its offset and size in bytes;
    fields further inside may stand among them under dotted names.
    """

    @property
    def size(self) -> int:
        """The struct's size in bytes."""

    @property
    def fields(self) -> Mapping[str, tuple[int, int]]:
        """Each named field's offset and size in bytes."""


@dataclass(frozen=True)
class RuntimeLayout:
    """Immutable facts of one build, as data generated from real toolchains gives them.

    ``goarch`` and ``experiments`` are the target's, the latter as its build information lists them. ``verified`` says
    that the facts come from this release line itself; ``patch_verified`` that they were compared with a program built
    by exactly a release of this patch range. ``hashing`` is how map keys are hashed. Structs are named as in DWARF
    (``runtime.mspan``) or by a lasting alias (``maptype``, ``itab``) where Go has renamed them.
    """

    version: GoVersion
    goarch: str
    experiments: frozenset[str]
    verified: bool
    patch_verified: bool
    hashing: MapHashing
    facts: Facts = field(repr=False)
    active: frozenset[str] = field(repr=False)
    """Every experiment in force by its plain name, those on by default included."""
    swiss: SwissRules | None = None
    """What its Swiss maps do in ways that the data does not tell; None for a line that has classic maps only."""

    @property
    def map_kind(self) -> MapKind:
        """Which implementation of maps the build has."""
        return self.facts.map_kind

    @property
    def page_size(self) -> int:
        """Bytes of one heap page (runtime.pageSize)."""
        return self.const("pageSize")

    @cached_property
    def size_classes(self) -> NDArray[np.int64]:
        """Bytes of one slot by size class, int64; class 0 stands for large objects and holds 0."""
        import numpy as np

        classes = np.array(self.facts.size_classes, dtype=np.int64)
        classes.setflags(write=False)
        return classes

    @cached_property
    def class_pages(self) -> NDArray[np.int64]:
        """Pages of a span by size class, int64; 0 for class 0."""
        import numpy as np

        pages = np.array(self.facts.class_pages, dtype=np.int64)
        pages.setflags(write=False)
        return pages

    @cached_property
    def _resolved(self) -> dict[tuple[str, str], Field]:
        return {}

    def struct(self, name: str) -> Struct:
        """Return a struct by its DWARF name or alias.

        Raises:
            LayoutUnknown: this build has no such struct.
        """
        found = self.facts.structs.get(self.facts.aliases.get(name, name))
        if found is None:
            raise LayoutUnknown(f"{self.version} has no struct {name}", hint=_GUIDE)
        return found

    def has_struct(self, name: str) -> bool:
        """Whether this build has the struct."""
        return self.facts.aliases.get(name, name) in self.facts.structs

    def has(self, struct: str, field: str) -> bool:
        """Whether this build has the struct and, in it, the field (dotted through nested structs)."""
        try:
            self.field(struct, field)
        except LayoutUnknown:
            return False
        return True

    def field(self, struct: str, field: str) -> Field:
        """Return a field; ``sched.sp`` goes through nested structs and adds the offsets up.

        Raises:
            LayoutUnknown: this build has no such struct or field.
        """
        known = self._resolved.get((struct, field))
        if known is None:
            known = self._resolved[struct, field] = self._walk(struct, field)
        return known

    def _walk(self, struct: str, path: str) -> Field:
        whole = self.struct(struct).fields.get(path)
        if whole is not None:  # a field of its own, or one further inside that DWARF named with dots
            return whole
        offset, inside = 0, struct
        found = Field(0, 0, struct)
        for name in path.split("."):
            step = self.struct(inside).fields.get(name) if inside else None
            if step is None:
                raise LayoutUnknown(f"{self.version} has no field {struct}.{path}", hint=_GUIDE)
            offset, inside, found = offset + step.offset, step.struct, step
        return replace(found, offset=offset)

    def offset(self, struct: str, field: str) -> int:
        """Return a field's offset in bytes from the struct's start, dotted paths included.

        Raises:
            LayoutUnknown: this build has no such struct or field.
        """
        return self.field(struct, field).offset

    def field_size(self, struct: str, field: str) -> int:
        """Return a field's size in bytes.

        Raises:
            LayoutUnknown: this build has no such struct or field.
        """
        return self.field(struct, field).size

    def size(self, struct: str) -> int:
        """Return a struct's size in bytes.

        Raises:
            LayoutUnknown: this build has no such struct.
        """
        return self.struct(struct).size

    def has_const(self, name: str) -> bool:
        """Whether this build has the constant."""
        return name.lstrip("_") in self.facts.constants

    def const(self, name: str) -> int:
        """Return a constant by the name Go gives it, without its package and without ``Old`` or ``Swiss``.

        A leading underscore makes no difference: ``Gdead`` and ``_Gdead`` are the same.

        Raises:
            LayoutUnknown: this build has no such constant.
        """
        value = self.facts.constants.get(name.lstrip("_"))
        if value is None:
            raise LayoutUnknown(f"{self.version} has no constant {name}", hint=_GUIDE)
        return value

    def alloc_size(self, size: int, noscan: bool) -> int:
        """Return the bytes of the heap slot that holds an allocation of ``size`` bytes.

        See :meth:`alloc_sizes`, which does the same for an array.
        """
        header = self.facts.constants.get("mallocHeaderSize", 0)
        if size > self.const("maxSmallSize") - header:
            return -(-size // self.page_size) * self.page_size
        if header and not noscan and size > self.const("minSizeForMallocHeader"):
            size += header
        return self.facts.size_classes[bisect_left(self.facts.size_classes, size)]

    def alloc_sizes(self, sizes: NDArray[np.int64], noscan: NDArray[np.bool_] | bool) -> NDArray[np.int64]:
        """Return the bytes of the heap slots that hold allocations of these sizes (runtime.mallocgc).

        A small object takes a slot of its size class; one with pointers that is too large for the span's own heap bits
        (over 512 bytes from 1.22 on) first grows by its malloc header. A large one takes whole pages. Zero bytes take
        no slot. Objects under 16 bytes without pointers share a tiny block: they count as their own size class, which
        is what the compiler and append round them to.

        Args:
            sizes: requested bytes, any shape.
            noscan: True where the type holds no pointers; broadcast against ``sizes``.
        """
        import numpy as np

        sizes = np.asarray(sizes, dtype=np.int64)
        header = self.facts.constants.get("mallocHeaderSize", 0)
        small = sizes <= self.const("maxSmallSize") - header
        needed = sizes
        if header:
            needed = sizes + np.where(~np.asarray(noscan) & (sizes > self.const("minSizeForMallocHeader")), header, 0)
        index = np.searchsorted(self.size_classes, np.where(small, needed, 0))
        page = self.page_size
        return np.where(small, self.size_classes[index], (sizes + page - 1) // page * page)

    def with_dwarf(self, lookup: Callable[[str], DwarfStruct | None]) -> RuntimeLayout:
        """Hold the data against the target's own DWARF.

        ``lookup`` returns a struct by its DWARF name, or None where DWARF has none (the linker leaves out types that
        nothing uses).

        A layout verified for this very release is returned as it is, or refused. For other patch releases of a known
        line DWARF's offsets replace the data's: Go does move fields in a patch release (runtime.m grew within 1.24,
        runtime.timer within 1.23). An unverified layout also forgets every struct that DWARF lacks, since nothing
        vouches for it, and its maps are of the kind whose header DWARF knows.

        Raises:
            LayoutMismatch: the data is verified for this release and DWARF disagrees; the message names struct and
                field.
        """
        named = [name for name in self.facts.structs if not _is_nameless(name)]
        seen = {name: found for name in named if (found := lookup(name)) is not None}
        if self.patch_verified:
            for name, found in seen.items():
                self._compare(name, found)
            return self
        structs = dict(self.facts.structs) if self.verified else {}
        structs |= {name: _taken_from(found, self.facts.structs[name]) for name, found in seen.items()}
        facts = replace(
            self.facts,
            map_kind=self.map_kind if self.verified else _map_kind(lookup),
            structs=MappingProxyType(structs),
            aliases=MappingProxyType({alias: name for alias, name in self.facts.aliases.items() if name in structs}),
        )
        return replace(self, facts=facts)

    def _compare(self, name: str, found: DwarfStruct) -> None:
        known = self.facts.structs[name]
        for each, expected in known.fields.items():
            actual = found.fields.get(each)
            if actual != (expected.offset, expected.size):
                raise LayoutMismatch(
                    f"{name}.{each}: {self.version} has {_place((expected.offset, expected.size))}, "
                    f"this binary's DWARF {_place(actual)}",
                    hint=_CHANGED,
                )
        if found.size != known.size:
            raise LayoutMismatch(
                f"{name}: {self.version} has {known.size} bytes, this binary's DWARF {found.size}", hint=_CHANGED
            )


def _place(at: tuple[int, int] | None) -> str:
    return "no such field" if at is None else f"offset {at[0]}, {at[1]} bytes"


def _map_kind(lookup: Callable[[str], DwarfStruct | None]) -> MapKind:
    return "classic" if lookup("runtime.hmap") is not None else "swiss"


def _is_nameless(struct: str) -> bool:
    """Whether the data called a struct after the field that holds it (``runtime.mheap.central``): DWARF does not."""
    return "[" not in struct and struct.rpartition("/")[2].count(".") > 1


def _taken_from(found: DwarfStruct, known: Struct) -> Struct:
    fields = {
        name: replace(known.fields.get(name, Field(0, 0)), offset=offset, size=size)
        for name, (offset, size) in found.fields.items()
    }
    return Struct(found.size, MappingProxyType(fields))
