"""A program as its file says it will stand in memory before it runs: what is known of a process not yet started."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goxray.target.elf import PF_W
from goxray.target.memory import Memory, Region

if TYPE_CHECKING:
    from goxray.target.binary import Binary
    from goxray.target.coalesce import Bytes, Hole, Ints, Words

_RELATIVE = {"amd64": 8, "arm64": 1027, "loong64": 3}  # R_X86_64_RELATIVE, R_AARCH64_RELATIVE, R_LARCH_RELATIVE
_RELA = np.dtype([("offset", "<u8"), ("info", "<u8"), ("addend", "<u8")])


class ImageMemory(Memory):
    """The segments of an executable at its own addresses (bias 0), with relative relocations done and .bss zero."""

    def __init__(self, binary: Binary) -> None:
        super().__init__()
        self._parts: list[tuple[int, Bytes, bool]] = []
        for load in binary.elf.loads():
            content = np.zeros(int(load["memsz"]), np.uint8) if int(load["flags"]) & PF_W else None
            held = np.frombuffer(binary.elf.bytes_at(int(load["offset"]), int(load["filesz"])), np.uint8)
            if content is not None:
                content[: held.size] = held
            self._parts.append((int(load["vaddr"]), held if content is None else content, content is not None))
        self._relocate(binary)

    def _relocate(self, binary: Binary) -> None:
        """Write the addends that a linker other than Go's own leaves out of the data."""
        raw = binary.elf.section_bytes(".rela.dyn") or binary.elf.section_bytes(".rela")
        table = np.frombuffer(raw[: len(raw) // _RELA.itemsize * _RELA.itemsize], _RELA)
        table = table[(table["info"] & 0xFFFFFFFF) == _RELATIVE.get(binary.arch, 0)]
        for start, content, written in self._parts:
            if not written:
                continue
            at = table["offset"] - np.uint64(start)
            inside = table[at < np.uint64(max(content.size - 7, 0))]
            places = (inside["offset"] - np.uint64(start)).astype(np.int64)[:, None] + np.arange(8)
            content[places] = inside["addend"].copy().view(np.uint8).reshape(-1, 8)

    def _copy(self, addr: int, out: Bytes) -> int:
        for start, content, _ in self._parts:
            if start <= addr < start + content.size:
                piece = content[addr - start : addr - start + out.size]
                out[: piece.size] = piece
                return int(piece.size)
        return 0

    def _fill(self, starts: Words, sizes: Ints, out: Bytes) -> list[Hole]:
        holes, at = [], 0
        for start, size in zip(starts.tolist(), sizes.tolist(), strict=True):
            got = self._copy(start, out[at : at + size])
            if got < size:
                out[at + got : at + size] = 0
                holes.append((at + got, at + size))
            at += size
        return holes

    def regions(self) -> list[Region]:
        """The segments."""
        return [Region(start, start + content.size, readable=True, path="") for start, content, _ in self._parts]
