"""General registers of one thread, from ptrace or from a core's NT_PRSTATUS note: the same bytes in both."""

from __future__ import annotations

import struct
from dataclasses import dataclass


@dataclass(frozen=True)
class _Machine:
    """Index of each register in the kernel's user_regs_struct, 8 bytes each; ``size`` is how many words that has."""

    size: int
    pc: int
    sp: int
    bp: int
    lr: int | None
    tls: int | None
    general: tuple[int, ...]


_MACHINES = {
    # asm/user_64.h of x86: r15 .. rdi, orig_rax, rip, cs, eflags, rsp, ss, fs_base ...; orig_rax, flags and segments
    # hold no pointers
    "amd64": _Machine(27, pc=16, sp=19, bp=4, lr=None, tls=21, general=(*range(15), 16, 19)),
    # asm/ptrace.h of arm64: x0 .. x30, sp, pc, pstate; the thread pointer is in a note of its own (NT_ARM_TLS)
    "arm64": _Machine(34, pc=32, sp=31, bp=29, lr=30, tls=None, general=tuple(range(33))),
    # asm/ptrace.h of loongarch: r0 .. r31, orig_a0, csr_era, csr_badv, reserved[10]; r1 ra, r2 tp, r3 sp, r22 fp
    "loong64": _Machine(45, pc=33, sp=3, bp=22, lr=1, tls=2, general=(*range(1, 32), 33)),
}
REGISTER_BYTES = {arch: 8 * machine.size for arch, machine in _MACHINES.items()}
"""Bytes of user_regs_struct by Go's name of the machine."""


@dataclass(frozen=True)
class Registers:
    """One thread's registers where it stopped.

    ``pc``, ``sp`` and ``bp`` (frame pointer) are target addresses; ``gprs`` are the values of all general registers,
    for a conservative search of pointers; ``tls`` is the thread pointer (fs base on amd64, tp on loong64), 0 where
    unknown; ``lr`` the link register, 0 on machines without one.
    """

    tid: int
    pc: int
    sp: int
    bp: int
    gprs: tuple[int, ...]
    tls: int = 0
    lr: int = 0


def decode_registers(tid: int, raw: bytes, arch: str) -> Registers | None:
    """The registers in a user_regs_struct; None for an architecture or size that is not known."""
    machine = _MACHINES.get(arch)
    if machine is None or len(raw) < 8 * machine.size:
        return None
    words = struct.unpack_from(f"<{machine.size}Q", raw)
    return Registers(
        tid=tid,
        pc=words[machine.pc],
        sp=words[machine.sp],
        bp=words[machine.bp],
        gprs=tuple(words[index] for index in machine.general),
        tls=0 if machine.tls is None else words[machine.tls],
        lr=0 if machine.lr is None else words[machine.lr],
    )
