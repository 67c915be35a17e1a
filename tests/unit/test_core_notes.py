"""The notes of cores, made by hand after linux/elfcore.h and each machine's user_regs_struct."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from goxray.target.corenotes import CoreNotes, read_notes
from goxray.target.elf import ElfFile
from goxray.target.registers import REGISTER_BYTES, Registers, decode_registers
from tests.harness.made_core import Segment, make_core

MACHINES = {"amd64": 62, "arm64": 183, "loong64": 258, "riscv64": 243}
SP, PC, LINK, FRAME, TLS = 0x7000_0010, 0x40_1234, 0x40_5678, 0x7000_0080, 0x5500_0000


def general(arch: str) -> list[int]:
    """The registers as the kernel writes them: every word its own number, except those that have a meaning."""
    if (
        arch == "amd64"
    ):  # r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss fs_base
        words = [1000 + index for index in range(27)]
        words[4], words[16], words[19], words[21] = FRAME, PC, SP, TLS
    elif arch == "arm64":  # x0 .. x30 sp pc pstate
        words = [1000 + index for index in range(34)]
        words[29], words[30], words[31], words[32] = FRAME, LINK, SP, PC
    else:  # r0 .. r31 orig_a0 csr_era csr_badv reserved[10]
        words = [1000 + index for index in range(45)]
        words[0], words[1], words[2], words[3], words[22], words[33] = 0, LINK, TLS, SP, FRAME, PC
    return words


def prstatus(tid: int, words: list[int]) -> bytes:
    """What elf_prstatus holds: signal (32 bytes with the masks), four ids, four times, the registers, a flag."""
    return bytes(32) + struct.pack("<4i", tid, 1, 1, 1) + bytes(64) + struct.pack(f"<{len(words)}Q", *words) + bytes(8)


def prpsinfo(pid: int, name: bytes) -> bytes:
    """What elf_prpsinfo holds: state, flags, user and group, four ids, the name, the arguments."""
    return bytes(24) + struct.pack("<4i", pid, 1, 1, 1) + name.ljust(16, b"\0") + bytes(80)


def note(number: int, content: bytes, owner: bytes = b"CORE") -> bytes:
    name = owner + b"\0"
    padded = name.ljust(-(-len(name) // 4) * 4, b"\0")
    return (
        struct.pack("<III", len(name), len(content), number) + padded + content.ljust(-(-len(content) // 4) * 4, b"\0")
    )


def read(arch: str, notes: bytes, tmp_path: Path) -> CoreNotes:
    path = tmp_path / "core"
    path.write_bytes(make_core([Segment(0x10000, b"x", 4096)], notes=notes, machine=MACHINES[arch]))
    elf = ElfFile(str(path))
    try:
        assert elf.arch == arch
        return read_notes(elf)
    finally:
        elf.close()


@pytest.mark.parametrize("arch", ["amd64", "arm64", "loong64"])
def test_every_thread_has_its_registers(arch: str, tmp_path: Path) -> None:
    other = [7 * index for index in range(len(general(arch)))]
    notes = note(1, prstatus(501, general(arch))) + note(3, prpsinfo(500, b"service"))
    notes += note(6, struct.pack("<6Q", 9, 0x40_0000, 6, 16384, 0, 0)) + note(1, prstatus(502, other))
    found = read(arch, notes, tmp_path)
    assert (found.pid, found.name, found.auxv) == (500, "service", {9: 0x40_0000, 6: 16384})
    assert list(found.threads) == [501, 502]
    thread = found.threads[501]
    assert (thread.pc, thread.sp, thread.bp) == (PC, SP, FRAME)
    assert thread.lr == (0 if arch == "amd64" else LINK)
    assert thread.tls == (0 if arch == "arm64" else TLS)
    assert found.threads[502].gprs != thread.gprs


def test_the_general_registers_are_those_that_can_hold_pointers() -> None:
    """Neither the system call's number or first argument kept aside, nor flags, segments, or a register that is 0."""
    sizes = {"amd64": 17, "arm64": 33, "loong64": 32}
    for arch, size in sizes.items():
        words = general(arch)
        thread = decode_registers(1, struct.pack(f"<{len(words)}Q", *words), arch)
        assert thread is not None and len(thread.gprs) == size
        assert {PC, SP, FRAME} <= set(thread.gprs)
        kept_aside = {"amd64": {1015, 1017, 1018, 1020}, "arm64": {1033}, "loong64": {0, 1032, 1034}}[arch]
        assert not kept_aside & set(thread.gprs)


def test_sizes_are_the_kernels() -> None:
    assert REGISTER_BYTES == {"amd64": 216, "arm64": 272, "loong64": 360}


@pytest.mark.parametrize("arch", ["amd64", "arm64", "loong64"])
def test_what_is_cut_short_or_unknown_is_left_out(arch: str, tmp_path: Path) -> None:
    whole = prstatus(501, general(arch))
    short = whole[: 112 + REGISTER_BYTES[arch] - 8]
    assert read(arch, note(1, short), tmp_path).threads == {}
    assert read(arch, note(1, whole, b"LINUX"), tmp_path).threads == {}
    assert read("riscv64", note(1, whole), tmp_path).threads == {}
    assert decode_registers(1, whole, "riscv64") is None


def test_without_a_process_note_the_first_thread_names_the_process(tmp_path: Path) -> None:
    notes = b"".join(note(1, prstatus(tid, general("loong64"))) for tid in (77, 31))
    assert read("loong64", notes, tmp_path).pid == 31


def test_registers_without_a_link_register() -> None:
    assert Registers(tid=1, pc=2, sp=3, bp=4, gprs=()).lr == 0
