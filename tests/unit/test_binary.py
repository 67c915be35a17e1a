"""Executables of every Go build: version, experiments, symbols, notes; and files that are none."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import drgn
import numpy as np
import pytest

from goxray.core.errors import NotAGoProgram, TargetError, UnsupportedArch
from goxray.target.binary import Binary
from goxray.target.debuginfo import DebugInfo
from goxray.target.dwarf import Dwarf
from tests.harness import steady
from tests.harness.variants import SWISS, Variant


def go_tool(variant: Variant, *arguments: str) -> str:
    """Run a command of the toolchain itself: the oracle."""
    toolchain = variant.toolchain()
    return subprocess.run(
        [toolchain.go, *arguments], capture_output=True, text=True, check=True, env=toolchain.environment()
    ).stdout


def test_version_and_experiments(variant: Variant) -> None:
    binary = Binary(str(steady.build(variant)))
    assert binary.go_version == f"go{variant.version}"
    assert binary.experiments == tuple(sorted(variant.experiments))
    assert (binary.arch, binary.goos, binary.is_pie) == ("amd64", "linux", False)
    assert (binary.has_symtab, binary.has_dwarf) == (True, True)


def test_build_settings_are_those_that_go_shows(variant: Variant) -> None:
    exe = steady.build(variant)
    shown = go_tool(variant, "version", "-m", str(exe))
    lines = [line.split("\t", 2)[2] for line in shown.splitlines() if line.startswith("\tbuild\t")]
    binary = Binary(str(exe))
    assert list(binary.build_settings) == [line.partition("=")[0] for line in lines]
    plain = dict(line.split("=", 1) for line in lines if '"' not in line and "`" not in line)
    assert {key: binary.build_settings[key] for key in plain} == plain


def test_settings_that_go_writes_in_quotes() -> None:
    flags = "-X main.a=b -X 'main.c=d \"e\"\t\u00e9'"
    exe = steady.build(ldflags=flags)
    shown = go_tool(SWISS, "version", "-m", str(exe))
    assert '-ldflags="' in shown or "-ldflags=`" in shown
    assert Binary(str(exe)).build_settings["-ldflags"] == flags


def test_build_ids(variant: Variant) -> None:
    exe = steady.build(variant)
    binary = Binary(str(exe))
    assert binary.go_build_id == go_tool(variant, "tool", "buildid", str(exe)).strip()
    notes = subprocess.run(["readelf", "-n", exe], capture_output=True, text=True, check=True).stdout
    gnu = [line.split()[-1] for line in notes.splitlines() if "Build ID:" in line]
    assert binary.gnu_build_id == (gnu[0] if gnu else "")


def test_the_note_of_the_build_id_lies_in_memory(variant: Variant) -> None:
    binary = Binary(str(steady.build(variant)))
    assert binary.go_build_id_note is not None
    addr, size = binary.go_build_id_note
    assert binary.read(addr, size) == binary.go_build_id.encode()


def test_symbols_are_those_that_go_lists(variant: Variant) -> None:
    exe = steady.build(variant)
    listed = {}
    for line in go_tool(variant, "tool", "nm", "-size", str(exe)).splitlines():
        addr, size, _, name = line.split(None, 3)
        listed[name] = (int(addr, 16), int(size))
    binary = Binary(str(exe))
    for name in ("main.main", "main.count", "main.table", "main.counter", "runtime.mheap_", "runtime.firstmoduledata"):
        symbol = binary.symbol(name)
        assert symbol is not None
        assert (symbol.addr, symbol.size) == listed[name], name
    assert binary.symbol("main.tabl") is None
    assert binary.symbol("ain.table") is None
    assert binary.symbol("") is None


def test_symbols_of_a_range_are_its_variables(variant: Variant) -> None:
    binary = Binary(str(steady.build(variant)))
    table = binary.symbol("main.table")
    assert table is not None
    assert table.size == 8 * steady.WORDS
    found = binary.symbols_in(table.addr, table.addr + 1)
    assert (found.names, found.addrs.tolist(), found.sizes.tolist()) == (["main.table"], [table.addr], [table.size])
    low, size = binary.load_ranges[-1]
    every = binary.symbols_in(low, low + size)
    assert (np.diff(every.addrs.astype(np.int64)) >= 0).all()
    assert {"main.table", "main.counter", "runtime.mheap_"} <= set(every.names)
    assert "main.main" not in every.names


def test_fields_are_where_the_compiler_puts_them(variant: Variant) -> None:
    """drgn reads the same DWARF through the types of variables: the second opinion."""
    dwarf = Dwarf(Binary(str(steady.build(variant))), 0)
    for variable, struct_name in (
        ("runtime.mheap_", "runtime.mheap"),
        ("runtime.g0", "runtime.g"),
        ("runtime.m0", "runtime.m"),
        ("runtime.firstmoduledata", "runtime.moduledata"),
        ("runtime.sched", "runtime.schedt"),
    ):
        found = dwarf.variable(variable)
        mine = dwarf.struct(struct_name)
        assert found is not None
        assert mine is not None
        its = found.type.type
        assert mine.size == its.size
        for member in its.members:
            if member.name == "_":
                continue
            offset, size = mine.fields[member.name]
            assert offset == member.offset, (struct_name, member.name)
            assert size == sizeof(member.type), (struct_name, member.name)


def sizeof(kind: drgn.Type) -> int:
    while kind.kind == drgn.TypeKind.TYPEDEF:
        kind = kind.type
    if kind.kind == drgn.TypeKind.FUNCTION:  # Go's func values are pointers, but its DWARF does not say so
        return 8
    return int(drgn.sizeof(kind))


def test_fields_of_inner_structs_are_dotted() -> None:
    info = DebugInfo(Binary(str(steady.build())).elf)
    outer, inner = info.struct("runtime.g"), info.struct("runtime.gobuf")
    assert outer is not None
    assert inner is not None
    assert outer.types["sched"] == "runtime.gobuf"
    assert outer.fields["sched.pc"] == (outer.fields["sched"][0] + inner.fields["pc"][0], 8)
    assert info.struct("runtime.nosuchtype") is None
    assert info.struct("*runtime.g") is None


def test_stripped_executables_say_so() -> None:
    without_dwarf = Binary(str(steady.build(ldflags="-w")))
    assert (without_dwarf.has_symtab, without_dwarf.has_dwarf) == (True, False)
    without_both = Binary(str(steady.build(ldflags="-s -w")))
    assert (without_both.has_symtab, without_both.has_dwarf) == (False, False)
    assert without_both.symbol("main.main") is None
    assert without_both.go_version == f"go{SWISS.version}"
    assert without_both.build_settings["GOARCH"] == "amd64"


@pytest.mark.parametrize("cgo", [False, True])
@pytest.mark.parametrize("pie", [False, True])
@pytest.mark.parametrize("version", ["1.21.13", "1.27.3"])
def test_every_kind_of_linking(version: str, cgo: bool, pie: bool) -> None:
    binary = Binary(str(steady.build(Variant(version), cgo=cgo, pie=pie)))
    assert binary.go_version == f"go{version}"
    assert binary.is_pie == pie
    assert binary.build_settings["CGO_ENABLED"] == str(int(cgo))
    assert binary.has_dwarf
    dwarf = Dwarf(binary, 0x1000 if pie else 0)
    table, symbol = dwarf.variable("main.table"), binary.symbol("main.table")
    assert table is not None
    assert symbol is not None
    assert table.addr == symbol.addr + (0x1000 if pie else 0)
    assert dwarf.struct("runtime.mspan") is not None


def test_variables_of_a_frame() -> None:
    binary = Binary(str(steady.build()))
    main = binary.symbol("main.main")
    assert main is not None
    dwarf = Dwarf(binary, 0)
    found = [frame for pc in range(main.addr, main.addr + main.size) for frame in dwarf.frames_at(pc)]
    assert {"main.main"} <= {frame.function for frame in found}
    assert "i" in {name for frame in found if frame.function == "main.main" for name, _ in frame.variables}
    assert dwarf.frames_at(8) == []
    assert dwarf.variable("main.nosuch") is None


def test_a_function_has_its_frame_from_its_first_byte_to_its_last() -> None:
    """Closures are told by the entry of their function: the byte before it is another's, or padding."""
    binary = Binary(str(steady.build()))
    main = binary.symbol("main.main")
    assert main is not None
    dwarf = Dwarf(binary, 0)
    for pc in (main.addr, main.addr + main.size - 1):
        assert dwarf.frames_at(pc)[-1].function == "main.main"
    for pc in (main.addr - 1, main.addr + main.size):
        assert "main.main" not in {frame.function for frame in dwarf.frames_at(pc)}


def test_without_section_headers_the_build_information_is_still_found(tmp_path: Path) -> None:
    raw = bytearray(steady.build().read_bytes())
    struct.pack_into("<Q", raw, 40, 0)  # e_shoff
    struct.pack_into("<HHH", raw, 58, 0, 0, 0)  # e_shentsize, e_shnum, e_shstrndx
    path = tmp_path / "sectionless"
    path.write_bytes(raw)
    binary = Binary(str(path))
    assert binary.go_version == f"go{SWISS.version}"
    assert not binary.has_symtab


def test_without_build_information_the_runtime_is_still_found(tmp_path: Path) -> None:
    raw = steady.build().read_bytes().replace(b"\xff Go buildinf:", b"\xff no buildinf:")
    path = tmp_path / "anonymous"
    path.write_bytes(raw)
    binary = Binary(str(path))
    assert (binary.go_version, binary.build_settings) == (f"go{SWISS.version}", {})


def test_the_pointer_form_of_old_build_information(tmp_path: Path) -> None:
    """Up to Go 1.17 the section held pointers to Go strings (debug/buildinfo, readRawBuildInfo)."""
    raw = bytearray(steady.build(Variant("1.21.13")).read_bytes())
    binary = Binary(str(steady.build(Variant("1.21.13"))))
    section = binary.elf.sections[".go.buildinfo"]
    text = b"go1.17.13 X:fieldtrack"
    header, content = section.addr + 64, section.addr + 80
    struct.pack_into("<14sBBQQ", raw, section.offset, b"\xff Go buildinf:", 8, 0, header, 0)
    struct.pack_into(f"<QQ{len(text)}s", raw, section.offset + 64, content, len(text), text)
    path = tmp_path / "old"
    path.write_bytes(raw)
    old = Binary(str(path))
    assert (old.go_version, old.experiments) == ("go1.17.13", ("fieldtrack",))


def test_a_damaged_table_of_sections_does_no_harm(tmp_path: Path) -> None:
    raw = steady.build().read_bytes()
    path = tmp_path / "cut"
    path.write_bytes(raw[: len(raw) // 2])
    try:
        binary = Binary(str(path))
    except TargetError:
        return
    assert binary.symbol("main.main") is None


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "an empty file"),
        (b"#!/bin/sh\necho\n", "a script (#!/bin/sh)"),
        (b"MZ" + bytes(100), "a Windows executable"),
        (b"hello" * 20, "not an ELF file"),
        (b"\x7fELF" + bytes(10), "ELF file"),
    ],
)
def test_files_that_are_no_programs(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises((NotAGoProgram, UnsupportedArch)) as caught:
        Binary(str(path), "the program")
    assert str(caught.value).startswith("the program is ")
    assert what in str(caught.value)


def test_a_program_in_another_language() -> None:
    with pytest.raises(NotAGoProgram, match="no Go build information and no Go runtime"):
        Binary("/proc/self/exe", "python")


def test_other_machines_are_named(tmp_path: Path) -> None:
    raw = bytearray(steady.build().read_bytes())
    exe = tmp_path / "program"
    struct.pack_into("<H", raw, 18, 183)  # e_machine: EM_AARCH64
    exe.write_bytes(raw)
    assert Binary(str(exe)).arch == "arm64"
    struct.pack_into("<H", raw, 18, 3)  # EM_386
    raw[4] = 1  # ELFCLASS32
    exe.write_bytes(raw)
    with pytest.raises(UnsupportedArch, match="386"):
        Binary(str(exe))
