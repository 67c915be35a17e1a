"""Names and types as a Go toolchain's type checker found them, looked up by file and byte offset.

What is not in here is not known: the resolver then says what the source alone tells. Names and types are written as
in :mod:`goxray.audit.facts`; ``support/speak.go`` makes them.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from goxray.core.words import Words


class FileTypes:
    """One file's names and types. Offsets and ends are bytes from the file's beginning."""

    def __init__(
        self,
        size: int,
        crc: int,
        strings: Sequence[str],
        *,
        names: Sequence[int] = (),
        packages: Sequence[int] = (),
        types: Sequence[int] = (),
    ) -> None:
        self._size = size
        self._crc = crc
        self._strings = strings
        self._names_flat = names
        self._packages_flat = packages
        self._types_flat = types

    def fits(self, text: bytes) -> bool:
        """Whether these are facts of this very text, not of one that was there before or after."""
        return len(text) == self._size and zlib.crc32(text) == self._crc

    def name(self, offset: int) -> str | None:
        """Return the qualified name that the identifier at an offset stands for; None where it is not known."""
        return self._names.get(offset)

    def imported(self, offset: int) -> str | None:
        """Return the import path of the package that an identifier stands for; None where it stands for none."""
        return self._packages.get(offset)

    def type(self, start: int, end: int) -> str | None:
        """Return an expression's type; of a call with several results that of the first. None: not known."""
        return self.result(start, end, 0)

    def result(self, start: int, end: int, index: int) -> str | None:
        """Return the type of one of a call's results; None where it is not known."""
        parts = self._types.get((start, end), "").split("\t")
        return (parts[index] or None) if index < len(parts) else None

    def mentions(self, part: bytes) -> bool:
        """Whether a name or type that one of the package's expressions has holds these bytes."""
        return part in self._words

    @cached_property
    def _names(self) -> dict[int, str]:
        return {at: self._strings[text] for at, text in _pairs(self._names_flat)}

    @cached_property
    def _packages(self) -> dict[int, str]:
        return {at: self._strings[text] for at, text in _pairs(self._packages_flat)}

    @cached_property
    def _types(self) -> dict[tuple[int, int], str]:
        found = {}
        at = 0
        flat = iter(self._types_flat)
        for step, length, text in zip(flat, flat, flat, strict=True):
            at += step
            found[at, at + length] = self._strings[text]
        return found

    @cached_property
    def _words(self) -> bytes:
        used = {text for flat in (self._names_flat, self._packages_flat) for _, text in _pairs(flat)}
        used.update(self._types_flat[2::3])
        return "\n".join(self._strings[each] for each in sorted(used)).encode()


@dataclass(frozen=True)
class PackageTypes:
    """A directory's files: the type checker's line about it (JSON), compressed. It goes to other processes as it is."""

    line: bytes

    @cached_property
    def digest(self) -> str:
        """SHA-256 over what is told (hex): facts that were made with other types are other facts."""
        return sha256(self.line).hexdigest()

    def files(self) -> dict[str, FileTypes]:
        """Return what is known of each file by its name."""
        said = json.loads(zlib.decompress(self.line))
        return {
            each["name"]: FileTypes(
                each["size"],
                each["sum"],
                said["strings"],
                names=each["names"],
                packages=each["packages"],
                types=each["types"],
            )
            for each in said["files"] or ()
        }


@dataclass(frozen=True)
class ExactTypes:
    """What a toolchain says of one or several modules.

    ``toolchain`` is its version (``go1.26.6``). ``notes`` tell what is missing and why; ``partial`` is true where the
    type checker met errors, so that some expressions of some packages have no exact type.
    """

    toolchain: str
    packages: dict[str, PackageTypes] = field(default_factory=dict)
    notes: tuple[Words, ...] = ()
    partial: bool = False

    def package(self, directory: Path) -> PackageTypes | None:
        """Return what is known of a directory's files; None where nothing is."""
        return self.packages.get(os.path.realpath(directory)) if self.packages else None


def joined(parts: Iterable[ExactTypes]) -> ExactTypes:
    """Return the facts of several modules as one."""
    each = list(parts)
    packages = {path: found for part in each for path, found in part.packages.items()}
    notes = tuple(dict.fromkeys(note for part in each for note in part.notes))
    return ExactTypes(each[0].toolchain if each else "", packages, notes, any(part.partial for part in each))


def _pairs(flat: Sequence[int]) -> Iterator[tuple[int, int]]:
    at = 0
    numbers = iter(flat)
    for step, text in zip(numbers, numbers, strict=True):
        at += step
        yield at, text
