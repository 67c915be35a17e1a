"""Reading every struct of a Go binary out of its DWARF."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elftools.elf.elffile import ELFFile

_NAMELESS = "struct {"
_WRAPPERS = ("DW_TAG_typedef", "DW_TAG_volatile_type", "DW_TAG_const_type")


@dataclass(frozen=True)
class DwarfStruct:
    """One struct as the compiler laid it out: bytes, and each field's offset and size in bytes."""

    size: int
    fields: dict[str, tuple[int, int]]


def structs(binary: Path) -> dict[str, DwarfStruct]:
    """Return the structs of a binary by name.

    A struct without a name of its own is called after the field that holds it, ``runtime.mheap.central``.
    """
    found: dict[str, DwarfStruct] = {}
    with binary.open("rb") as stream:
        info = ELFFile(stream).get_dwarf_info()
        for unit in info.iter_CUs():
            for die in unit.iter_DIEs():
                if die.tag == "DW_TAG_structure_type" and "DW_AT_name" in die.attributes:
                    name = die.attributes["DW_AT_name"].value.decode()
                    if not name.startswith(_NAMELESS):
                        _read(name, die, found)
    return found


def _read(name: str, die: Any, found: dict[str, DwarfStruct]) -> None:
    if name in found:
        return
    fields: dict[str, tuple[int, int]] = {}
    found[name] = DwarfStruct(die.attributes["DW_AT_byte_size"].value, fields)
    for member in die.iter_children():
        label = member.attributes.get("DW_AT_name")
        if member.tag != "DW_TAG_member" or label is None or label.value == b"_":
            continue
        field, held = label.value.decode(), member.get_DIE_from_attribute("DW_AT_type")
        fields[field] = (member.attributes["DW_AT_data_member_location"].value, _size(held))
        while held.tag == "DW_TAG_array_type":
            held = held.get_DIE_from_attribute("DW_AT_type")
        if held.tag == "DW_TAG_structure_type" and held.attributes["DW_AT_name"].value.startswith(_NAMELESS.encode()):
            _read(f"{name}.{field}", held, found)


def _size(die: Any) -> int:
    while die.tag in _WRAPPERS:
        die = die.get_DIE_from_attribute("DW_AT_type")
    if "DW_AT_byte_size" in die.attributes:
        return int(die.attributes["DW_AT_byte_size"].value)
    if die.tag == "DW_TAG_pointer_type" or die.tag == "DW_TAG_subroutine_type":
        return 8
    raise ValueError(f"{die.tag} has no size")
