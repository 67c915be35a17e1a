"""Executables that lie: cut off, wrong offsets and numbers. Each gives facts or one clear line, in little memory."""

from __future__ import annotations

import os
import random
import struct
import tracemalloc
from pathlib import Path

import pytest

from goxray.audit.binaries.buildinfo import build_info
from goxray.audit.binaries.content import Content, opened
from goxray.audit.binaries.functions import functions
from goxray.audit.binaries.image import Image, Part, Region
from goxray.audit.binaries.read import looks_executable, newest_glibc, read_binary
from goxray.audit.binaries.setstrings import of_flags, split_fields
from goxray.audit.facts import BinaryUnit
from goxray.core.errors import BadBinary, GoxrayError, NotAGoProgram, TargetError
from tests.harness.programs import Build, build
from tests.harness.variants import SWISS

KINDS = {
    "elf": Build(SWISS, cgo=True, pie=True),
    "pe": Build(SWISS, goos="windows", goarch="amd64"),
    "macho": Build(SWISS, goos="darwin", goarch="arm64", ldflags="-s -w"),
}
SEED = 20261122
ROUNDS = 60


def whole(kind: str) -> bytes:
    return build("stamped", KINDS[kind]).read_bytes()


def read(tmp_path: Path, data: bytes) -> BinaryUnit | str:
    """Return what is read of these bytes, or the one line that is said of them."""
    path = tmp_path / "service"
    path.write_bytes(data)
    try:
        return read_binary(path, "bin/service")
    except GoxrayError as error:
        text = str(error)
        assert text.startswith(("bin/service ", "cannot read bin/service")) and "\n" not in text
        return text


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_cut_off_anywhere(tmp_path: Path, kind: str) -> None:
    data = whole(kind)
    cuts = [0, 1, 4, 16, 40, 63, 64, 65, 100, 200, 500, 1000, 4096, 20_000]
    cuts += [len(data) * part // 16 for part in range(1, 16)]
    told = [read(tmp_path, data[:cut]) for cut in cuts]
    assert all(isinstance(each, str) for each in told[:8])
    assert any(isinstance(each, BinaryUnit) for each in told), "the rest is read where the information is still there"


@pytest.mark.parametrize("kind", KINDS)
def test_headers_with_any_bytes(tmp_path: Path, kind: str) -> None:
    """Words of the headers are replaced by the largest numbers, by zero and by chance."""
    data, chance = whole(kind), random.Random(SEED)
    start = struct.unpack_from("<I", data, 0x3C)[0] if kind == "pe" else 0
    for _ in range(ROUNDS):
        broken = bytearray(data)
        for _ in range(chance.choice((1, 1, 2, 8))):
            size = chance.choice((1, 2, 4, 8))
            at = start + 4 + chance.randrange(0, 1200)
            broken[at : at + size] = chance.choice((b"\xff", b"\0", b"\x7f", chance.randbytes(1))) * size
        read(tmp_path, bytes(broken))


def test_enormous_numbers_cost_little_memory(tmp_path: Path) -> None:
    data = bytearray(whole("elf"))
    for form, at, value in (("<H", 60, 0xFFFF), ("<H", 56, 0xFFF), ("<Q", 40, 1 << 62), ("<H", 62, 0xFFFE)):
        broken = bytearray(data)
        struct.pack_into(form, broken, at, value)
        tracemalloc.start()
        read(tmp_path, bytes(broken))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 64 << 20


def test_more_segments_than_any_program_has(tmp_path: Path) -> None:
    data = bytearray(whole("elf"))
    struct.pack_into("<H", data, 56, 0xFFFE)
    told = read(tmp_path, bytes(data))
    assert isinstance(told, str) and "program headers" in told


def test_a_string_table_without_an_end(tmp_path: Path) -> None:
    """Every name is then as long as the table; what is taken of each is bounded."""
    data = whole("elf")
    at = data.find(b"\0libc.so.6\0")
    assert at > 0
    broken = bytearray(data)
    broken[at : at + 4096] = b"x" * 4096
    found = read(tmp_path, bytes(broken))
    assert isinstance(found, str) or all(len(name) <= 1024 for name in found.facts.libraries)


def test_build_information_that_claims_more_than_there_is(tmp_path: Path) -> None:
    data = bytearray(whole("elf"))
    at = data.find(b"\xff Go buildinf:")
    data[at + 32 : at + 42] = b"\xff" * 9 + b"\x7f"
    found = read(tmp_path, bytes(data))
    assert isinstance(found, BinaryUnit)
    assert found.facts.settings == {} or "path" not in found.facts.settings


def test_a_program_whose_build_information_was_cut_out(tmp_path: Path) -> None:
    data = whole("elf").replace(b"\xff Go buildinf:", b"\xff Gone!!!!!!!!:")
    found = read(tmp_path, data)
    assert isinstance(found, BinaryUnit)
    assert found.facts.go_version == "" and found.facts.modules == ()
    assert "main.main" in found.functions
    assert any("build information" in note for note in found.facts.notes)


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_of_functions_is_found_without_its_section(tmp_path: Path, kind: str) -> None:
    data = whole(kind)
    expected = read(tmp_path, data)
    renamed = read(tmp_path, data.replace(b"gopclntab", b"g0pclntab"))
    assert isinstance(expected, BinaryUnit) and isinstance(renamed, BinaryUnit)
    assert renamed.functions == expected.functions
    assert renamed.facts.functions == expected.facts.functions


def test_a_universal_file_is_read_by_its_first_part(tmp_path: Path) -> None:
    inner = whole("macho")
    offset = 1 << 14
    head = struct.pack(">II", 0xCAFEBABE, 2)
    head += struct.pack(">5I", 0x0100000C, 0, offset, len(inner), 14)
    head += struct.pack(">5I", 0x01000007, 3, offset, len(inner), 14)
    found = read(tmp_path, head.ljust(offset, b"\0") + inner)
    assert isinstance(found, BinaryUnit)
    assert found.facts.arch == "arm64" and found.facts.main_path == "example.com/stamped"
    assert found.facts.notes == ("universal file for arm64, amd64: the first is told of",)


@pytest.mark.parametrize(
    "head", [struct.pack(">II", 0xCAFEBABE, 3), struct.pack(">II5I", 0xCAFEBABE, 1, 7, 3, 1 << 30, 9, 0)]
)
def test_a_universal_file_that_is_cut_off(tmp_path: Path, head: bytes) -> None:
    assert isinstance(read(tmp_path, head.ljust(80, b"\0")), str)


def test_a_file_larger_than_any_program_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "service"
    path.write_bytes(whole("elf"))
    os.truncate(path, 5 << 30)
    with pytest.raises(BadBinary, match="^service has 5 GiB: no Go program is as large$"):
        read_binary(path, "service")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "an empty file"),
        (b"#!/bin/sh\nexec ls\n", "a script"),
        (b"PK\x03\x04" + bytes(99), "an archive or compressed file"),
        (b"!<arch>\n" + bytes(99), "an archive of object files"),
        (b"package main\n" * 9, "neither an ELF, a PE nor a Mach-O file"),
    ],
)
def test_what_is_no_executable_is_named(tmp_path: Path, data: bytes, told: str) -> None:
    path = tmp_path / "service"
    path.write_bytes(data)
    assert not looks_executable(data[:64])
    with pytest.raises(NotAGoProgram, match=f"^bin/service is not a Go program: it is {told}$"):
        read_binary(path, "bin/service")


def test_a_program_of_c_is_no_go_program() -> None:
    with pytest.raises(NotAGoProgram, match="^sh is not a Go program: it holds no Go build information"):
        read_binary(Path("/bin/sh"), "sh")


def test_what_is_no_file_is_said(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path, told in ((tmp_path, "a directory"), (pipe, "no regular file"), (tmp_path / "gone", "No such file")):
        with pytest.raises(TargetError, match=told):
            read_binary(path, "target")


# ---- parts, by bytes made by hand


def image_of(path: Path, data: bytes, content: Content, *, word: int = 8, order: str = "<") -> Image:
    region = Region(0x1000, 0, len(data), len(data))
    parts = {".gopclntab": Part(".gopclntab", 0x1000, 0, len(data))}
    return Image(content, "elf", "amd64", "linux", order, word, (region,), parts)


NAMES = b"\0main.main\0runtime.goexit\0net/http.Get\0"


def table(magic: int, order: str, word: int) -> bytes:
    """Return a table of two functions whose third name is that of an inlined one."""
    form = order + ("Q" if word == 8 else "I")
    count = {0xFFFFFFFA: 7, 0xFFFFFFF0: 8, 0xFFFFFFF1: 8}[magic]
    names_at = 8 + 8 * word
    lines_at = names_at + len(NAMES)
    words = [2, 0, *([0x401000] if count == 8 else []), names_at, lines_at, lines_at, lines_at, lines_at]
    head = struct.pack(order + "IBBBB", magic, 0, 0, 1, word)
    return head + b"".join(struct.pack(form, each) for each in words).ljust(8 * word, b"\0") + NAMES + bytes(64)


@pytest.mark.parametrize("magic", [0xFFFFFFFA, 0xFFFFFFF0, 0xFFFFFFF1], ids=hex)
@pytest.mark.parametrize(("order", "word"), [("<", 8), (">", 8), ("<", 4), (">", 4)])
def test_tables_of_every_release_and_machine(tmp_path: Path, magic: int, order: str, word: int) -> None:
    path = tmp_path / "table"
    path.write_bytes(table(magic, order, word))
    with opened(path, "table") as content:
        found = functions(image_of(path, path.read_bytes(), content, word=word, order=order))
    assert found.count == 2
    assert found.names == {"main.main", "runtime.goexit", "net/http.Get"}


@pytest.mark.parametrize(("order", "word"), [("<", 8), (">", 4)])
def test_the_table_of_go_1_2_to_1_15(tmp_path: Path, order: str, word: int) -> None:
    form = order + ("Q" if word == 8 else "I")

    def pack(*values: int) -> bytes:
        return b"".join(struct.pack(form, value) for value in values)

    start = 8 + word + 5 * word
    size = word + 4
    func = [start, start + size]
    names = start + 2 * size
    data = struct.pack(order + "IBBBB", 0xFFFFFFFB, 0, 0, 1, word) + pack(2, 0x1000, func[0], 0x1010, func[1], 0x1020)
    data += pack(0x1000) + struct.pack(order + "I", names) + pack(0x1010) + struct.pack(order + "I", names + 10)
    data += b"main.main\0os.Exit\0".ljust(120, b"\0")
    path = tmp_path / "table"
    path.write_bytes(data)
    with opened(path, "table") as content:
        found = functions(image_of(path, data, content, word=word, order=order))
    assert found.count == 2
    assert found.names == {"main.main", "os.Exit"}


@pytest.mark.parametrize(("order", "word"), [("<", 8), (">", 8), ("<", 4)])
def test_the_build_information_of_go_before_1_18(tmp_path: Path, order: str, word: int) -> None:
    """Two pointers to Go strings stand in the header instead of the texts (debug/buildinfo)."""
    form = order + ("QQ" if word == 8 else "II")
    module = "0123456789abcdef" + "path\texample.com/old\nmod\texample.com/old\tv1.0.0\th1:x=\n" + "fedcba9876543210"
    texts = b"go1.16.5" + module.encode()
    strings_at = 0x1000 + 64
    texts_at = strings_at + 4 * word
    head = b"\xff Go buildinf:" + bytes([word, 1 if order == ">" else 0])
    head += struct.pack(form, strings_at, strings_at + 2 * word)
    data = head.ljust(64, b"\0") + struct.pack(form, texts_at, 8) + struct.pack(form, texts_at + 8, len(module)) + texts
    path = tmp_path / "data"
    path.write_bytes(data)
    with opened(path, "data") as content:
        region = Region(0x1000, 0, len(data), len(data), writable=True)
        found = build_info(Image(content, "elf", "amd64", "linux", order, word, (region,), {}))
    assert found is not None
    assert (found.go_version, found.main_path) == ("go1.16.5", "example.com/old")
    assert [(each.path, each.version, each.main) for each in found.modules] == [("example.com/old", "v1.0.0", True)]


@pytest.mark.parametrize(
    ("machine", "arch"),
    [
        (62, "amd64"),
        (183, "arm64"),
        (258, "loong64"),
        (243, "riscv64"),
        (8, "mips64le"),
        (21, "ppc64le"),
        (99, "amd64"),
    ],
)
def test_the_machine_is_what_the_header_says(tmp_path: Path, machine: int, arch: str) -> None:
    """A machine whose number is not known is that of the build settings."""
    data = bytearray(whole("elf"))
    struct.pack_into("<H", data, 18, machine)
    found = read(tmp_path, bytes(data))
    assert isinstance(found, BinaryUnit)
    assert found.facts.arch == arch


def test_no_table_holds_more_than_any_program_has(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with open(path, "wb") as file:
        file.truncate(1 << 30)
    with opened(path, "large") as content, pytest.raises(BadBinary, match="1024 MiB"):
        content.at(0, 1 << 30)


def test_bytes_are_found_across_the_ends_of_reads(tmp_path: Path) -> None:
    path = tmp_path / "long"
    path.write_bytes(bytes((1 << 20) - 3) + b"needle" + bytes(100))
    with opened(path, "long") as content:
        assert content.find(b"needle", 0, content.size) == (1 << 20) - 3
        assert content.find(b"needle", 0, content.size, 16) == -1
        assert content.find(b"needle", 5, (1 << 20) + 2) == -1


@pytest.mark.parametrize(
    ("flags", "fields"),
    [
        ("", []),
        ("-s -w", ["-s", "-w"]),
        ("-X 'main.a=b c' -s", ["-X", "main.a=b c", "-s"]),
        ('  -X  "main.a=it\'s"', ["-X", "main.a=it's"]),
        ("-X 'main.a=open", ["-X", "main.a=open"]),
    ],
)
def test_flags_are_split_as_the_go_command_does(flags: str, fields: list[str]) -> None:
    assert split_fields(flags) == fields


@pytest.mark.parametrize(
    ("flags", "found"),
    [
        ("-s -w -X main.version=1.2", [("main.version", "1.2")]),
        ("-X=main.a=b=c --X main.d=", [("main.a", "b=c"), ("main.d", "")]),
        ("-X 'example.com/x.Y=two words' -linkmode=external", [("example.com/x.Y", "two words")]),
        ("-X", []),
        ("-X main -extldflags '-X main.a=b'", []),
    ],
)
def test_texts_of_flags(flags: str, found: list[tuple[str, str]]) -> None:
    assert list(of_flags(flags)) == found


def test_versions_of_glibc_are_compared_by_number() -> None:
    needs = ("libc.so.6:GLIBC_2.2.5", "libc.so.6:GLIBC_2.17", "libc.so.6:GLIBC_2.3.4", "libm.so.6:GLIBC_2.29")
    assert newest_glibc(needs) == "2.29"
    assert newest_glibc(("libc.so.6:GLIBC_PRIVATE", "libcrypto.so.3:OPENSSL_3.2.0")) == ""
