"""Reading the layout data: one JSON file a Go release line, one part an architecture, one variant an experiment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NotRequired, TypedDict, cast

from goxray.core.errors import LayoutUnknown

MapKind = Literal["classic", "swiss"]


@dataclass(frozen=True)
class Field:
    """One field of a struct: ``offset`` and ``size`` in bytes.

    ``struct`` names the struct that the field holds by value, and ``count`` how many of them when it is an array of
    that struct; empty and 0 for all else.
    """

    offset: int
    size: int
    struct: str = ""
    count: int = 0


@dataclass(frozen=True)
class Struct:
    """One struct of the runtime: its size in bytes and its fields by name."""

    size: int
    fields: Mapping[str, Field]


class _StructJson(TypedDict):
    size: int
    fields: dict[str, list[int | str]]


class VariantJson(TypedDict):
    """What one experiment changes; None stands for what the build no longer has."""

    experiment: str
    map_kind: NotRequired[MapKind]
    aliases: NotRequired[dict[str, str | None]]
    constants: NotRequired[dict[str, int | None]]
    structs: NotRequired[dict[str, _StructJson | None]]


class ArchJson(TypedDict):
    """One architecture's facts for the plain build, and the variants."""

    baseline: list[str]
    neutral: list[str]
    size_classes: list[int]
    class_pages: list[int]
    map_kind: MapKind
    aliases: dict[str, str]
    constants: dict[str, int]
    structs: dict[str, _StructJson]
    variants: list[VariantJson]


class FileJson(TypedDict):
    """A whole data file."""

    schema: int
    go: str
    goos: str
    generated_from: str
    arches: dict[str, ArchJson]


@dataclass(frozen=True)
class Facts:
    """One build's facts after its experiments have been applied."""

    map_kind: MapKind
    structs: Mapping[str, Struct]
    aliases: Mapping[str, str]
    constants: Mapping[str, int]
    size_classes: tuple[int, ...]
    class_pages: tuple[int, ...]


@cache
def load(name: str) -> FileJson:
    """Return one data file of this package, parsed once.

    Raises:
        LayoutUnknown: the file was written for another version of goxray.
    """
    return _checked(name, json.loads(_text(name)))


@cache
def load_arch(name: str, goarch: str) -> ArchJson | None:
    """Return one architecture's part of a data file, parsed once; None where the file has no such part.

    The parts stand on lines of their own (tools/gen_layout.py), so that the others need not be parsed.

    Raises:
        LayoutUnknown: the file was written for another version of goxray.
    """
    text = _text(name)
    head, found, part = text.partition(f'\n  "{goarch}": ')
    if not found:
        return load(name)["arches"].get(goarch)
    _checked(name, json.loads(head[: head.index('"arches"')].rstrip(", \n") + "}"))
    return cast(ArchJson, json.JSONDecoder().raw_decode(part)[0])


def _text(name: str) -> str:
    # importlib.resources would load zipfile, tempfile and what they need: a twentieth of a prediction's time.
    return Path(__file__).with_name("data").joinpath(name).read_text("utf-8")


def _checked(name: str, content: Any) -> FileJson:
    if content["schema"] != 1:
        raise LayoutUnknown(f"{name} has layout schema {content['schema']}", hint="install goxray again")
    return cast(FileJson, content)


def assemble(arch: ArchJson, variants: list[VariantJson]) -> Facts:
    """Apply the variants' changes, in the data's order, to the plain build's facts."""
    structs: dict[str, _StructJson | None] = dict(arch["structs"])
    aliases: dict[str, str | None] = dict(arch["aliases"])
    constants: dict[str, int | None] = dict(arch["constants"])
    map_kind = arch["map_kind"]
    for variant in variants:
        structs |= variant.get("structs", {})
        aliases |= variant.get("aliases", {})
        constants |= variant.get("constants", {})
        map_kind = variant.get("map_kind", map_kind)
    return Facts(
        map_kind,
        MappingProxyType({name: _struct(body) for name, body in structs.items() if body is not None}),
        MappingProxyType({alias: name for alias, name in aliases.items() if name is not None}),
        MappingProxyType({name: value for name, value in constants.items() if value is not None}),
        tuple(arch["size_classes"]),
        tuple(arch["class_pages"]),
    )


def _struct(body: _StructJson) -> Struct:
    return Struct(body["size"], MappingProxyType({name: _field(row) for name, row in body["fields"].items()}))


def _field(row: list[int | str]) -> Field:
    if len(row) == 2:
        return Field(int(row[0]), int(row[1]))
    return Field(int(row[0]), int(row[1]), str(row[2]), int(row[3]))
