"""General registers of one thread, from ptrace or from a core's NT_PRSTATUS note: the same bytes in both."""

from __future__ import annotations

import struct
from dataclasses import dataclass

# Index of each register in the kernel's user_regs_struct (asm/user_64.h on x86, asm/ptrace.h on arm64), 8 bytes each.
_AMD64 = {"bp": 4, "pc": 16, "sp": 19, "tls": 21}
_AMD64_GENERAL = (*range(15), 16, 19)  # r15 .. rdi, rip, rsp; not orig_rax, flags and segments
_ARM64 = {"bp": 29, "sp": 31, "pc": 32}
_ARM64_GENERAL = tuple(range(33))  # x0 .. x30, sp, pc
REGISTER_BYTES = {"amd64": 27 * 8, "arm64": 34 * 8}


@dataclass(frozen=True)
class Registers:
    """One thread's registers where it stopped.

    ``pc``, ``sp`` and ``bp`` (frame pointer) are target addresses; ``gprs`` are the values of all general registers,
    for a conservative search of pointers; ``tls`` is the thread pointer (fs base on amd64), 0 where unknown.
    """

    tid: int
    pc: int
    sp: int
    bp: int
    gprs: tuple[int, ...]
    tls: int = 0


def decode_registers(tid: int, raw: bytes, arch: str) -> Registers | None:
    """The registers in a user_regs_struct; None for an architecture or size that is not known."""
    size = REGISTER_BYTES.get(arch)
    if size is None or len(raw) < size:
        return None
    words = struct.unpack(f"<{size // 8}Q", raw[:size])
    names, general = (_AMD64, _AMD64_GENERAL) if arch == "amd64" else (_ARM64, _ARM64_GENERAL)
    return Registers(
        tid=tid,
        pc=words[names["pc"]],
        sp=words[names["sp"]],
        bp=words[names["bp"]],
        gprs=tuple(words[index] for index in general),
        tls=words[names["tls"]] if "tls" in names else 0,
    )
