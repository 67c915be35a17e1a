"""Branches of Go source, held against a cover profile: which were never taken."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from goxray.audit.health.coverage import Block, Point, Profile
from goxray.audit.source.files import SourceFile, load
from goxray.audit.source.grammar import every

if TYPE_CHECKING:
    from tree_sitter import Node

_CASES = ("expression_case", "type_case", "default_case", "communication_case")
_BEFORE_CODE = re.compile(rb"(?:\s|[{}]|//[^\n]*(?:\n|$)|/\*.*?\*/)*", re.DOTALL)


@dataclass
class Branches:
    """What became of the branches that a profile tells about."""

    taken: int = 0
    missed: int = 0
    unmatched: int = 0
    """Branches of profiled files for which the profile has no block: the source is not that of the profile."""

    absent: list[str] = field(default_factory=list)
    """Files that the profile names and that are not here."""

    worst: dict[str, int] = field(default_factory=dict)
    """Missed branches by file, as the profile names it."""

    @property
    def share(self) -> float | None:
        """Per cent of the branches that were never taken; None where there is none."""
        told = self.taken + self.missed
        return 100.0 * self.missed / told if told else None


def branches_of(profile: Profile, roots: tuple[tuple[str, Path], ...]) -> Branches:
    """Match every branch of the profiled files to the profile's block at its beginning.

    A branch is a body of ``if``, ``else``, ``for``, of a case of ``switch`` or ``select``. ``else if`` is the if of its
    own. That an ``if`` without ``else`` was never passed by is not in a profile, so it is not counted.
    ``roots`` are module paths with their directories.
    """
    found = Branches()
    for name in sorted(profile.blocks):
        path = _on_disk(name, roots)
        loaded = load(path, name) if path is not None and path.is_file() else None
        if not isinstance(loaded, SourceFile):
            found.absent.append(name)
            continue
        blocks = _Blocks(loaded.text, profile.blocks[name])
        for body in _bodies(loaded.root):
            block = blocks.at(body)
            if block is None:
                found.unmatched += 1
            elif block.count:
                found.taken += 1
            else:
                found.missed += 1
                found.worst[name] = found.worst.get(name, 0) + 1
    return found


def _on_disk(name: str, roots: tuple[tuple[str, Path], ...]) -> Path | None:
    """Return the file that a profile means: below its module's directory, or a path (files without a module)."""
    for module, directory in sorted(roots, key=lambda each: -len(each[0])):
        rest = name.removeprefix(f"{module}/")
        if module and rest != name and ".." not in rest.split("/"):
            return directory / rest
    if name.startswith(("/", "./")) and roots:
        path = (roots[0][1] / name).resolve()
        return path if any(path.is_relative_to(directory.resolve()) for _, directory in roots) else None
    return None


@dataclass(frozen=True)
class _Body:
    """A branch's body: where it can begin (line and column, byte), and where it ends."""

    low: Point
    byte: int
    high: Point


def _bodies(root: Node) -> Iterator[_Body]:
    for node in every(root, "if_statement"):
        body, other = node.child_by_field_name("consequence"), node.child_by_field_name("alternative")
        if body is not None:
            yield _Body(_point(body.start_point), body.start_byte, _point(body.end_point))
        word = next((each for each in node.children if each.type == "else"), None)
        if other is not None and other.type == "block" and word is not None:
            yield _Body(_point(word.end_point), word.end_byte, _point(other.end_point))
    for node in every(root, "for_statement"):
        body = node.child_by_field_name("body")
        if body is not None:
            yield _Body(_point(body.start_point), body.start_byte, _point(body.end_point))
    for kind in _CASES:
        for node in every(root, kind):
            colon = next((each for each in node.children if each.type == ":"), None)
            if colon is not None:
                yield _Body(_point(colon.end_point), colon.end_byte, _point(node.end_point))


class _Blocks:
    """A file's blocks by their beginnings, and where its lines begin."""

    def __init__(self, text: bytes, blocks: list[Block]) -> None:
        self._text = text
        self._blocks = blocks
        self._starts = [block.start for block in blocks]
        self._lines = [0, *(found.end() for found in re.finditer(rb"\n", text))]

    def at(self, body: _Body) -> Block | None:
        """Return the block that begins with a body.

        Up to Go 1.26 that is at the brace, behind ``else`` or behind the colon; from 1.27 on at the first token behind
        (cmd/cover/cover.go, ``addCounters`` and ``codeRanges``). Between may stand comments, blanks and braces alone.
        """
        index = bisect_left(self._starts, body.low)
        if index == len(self._blocks) or self._starts[index] > body.high:
            return None
        line, column = self._starts[index]
        if line > len(self._lines):
            return None
        between = self._text[body.byte : self._lines[line - 1] + column - 1]
        return self._blocks[index] if _BEFORE_CODE.fullmatch(between) else None


def _point(at: tuple[int, int]) -> Point:
    return at[0] + 1, at[1] + 1
