"""Reads another process's heap once, front to back: the least that any inspection of all its bytes can cost.

Run as ``python bench/sequential_read.py PID``; prints the bytes read. It imports nothing but the standard library, so
that its CPU time is the reading and an interpreter's start.
"""

from __future__ import annotations

import ctypes
import sys
from array import array
from pathlib import Path

CHUNK = 8 << 20
GRANULE = 2 << 20
PAGE = 4096
IN_USE = 1 << 62  # from here up an entry of /proc/PID/pagemap is a page in memory (bit 63) or in swap (bit 62)


class IoVec(ctypes.Structure):
    """``struct iovec`` of <sys/uio.h>."""

    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


def heap_regions(pid: int) -> list[tuple[int, int]]:
    """Return (start, end) of the readable anonymous mappings of ``pid``: its heap, stacks and data."""
    regions = []
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        span, rights, _, _, inode, *path = line.split()
        if rights.startswith("r") and inode == "0" and not (path and path[0].startswith("[v")):
            start, _, end = span.partition("-")
            regions.append((int(start, 16), int(end, 16)))
    return regions


def resident_chunks(pid: int) -> list[tuple[int, int]]:
    """Return (address, size) of what is in memory of the heap of ``pid``, in pieces of at most 8 MiB.

    Go maps arenas ahead of use and gives pages back, so mappings are larger than what they hold. Presence is told per
    2 MiB.
    """
    chunks: list[tuple[int, int]] = []
    with open(f"/proc/{pid}/pagemap", "rb", buffering=0) as pagemap:
        for start, end in heap_regions(pid):
            for address in range(start, end, GRANULE):
                size = min(GRANULE, end - address)
                pagemap.seek(address // PAGE * 8)
                entries = array("Q", pagemap.read(size // PAGE * 8))
                if not entries or max(entries) < IN_USE:
                    continue
                before, length = chunks[-1] if chunks else (0, CHUNK)
                if before + length == address and length + size <= CHUNK:
                    chunks[-1] = (before, length + size)
                else:
                    chunks.append((address, size))
    return chunks


def read_all(pid: int) -> int:
    """Read all that is resident of the heap of ``pid`` with process_vm_readv; return the bytes read.

    Raises:
        OSError: the kernel refuses, or the process is gone.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.process_vm_readv.restype = ctypes.c_ssize_t
    libc.process_vm_readv.argtypes = (
        ctypes.c_int,
        ctypes.POINTER(IoVec),
        ctypes.c_ulong,
        ctypes.POINTER(IoVec),
        ctypes.c_ulong,
        ctypes.c_ulong,
    )
    buffer = ctypes.create_string_buffer(CHUNK)
    total = 0
    for address, size in resident_chunks(pid):
        local = IoVec(ctypes.addressof(buffer), size)
        remote = IoVec(address, size)
        got = libc.process_vm_readv(pid, ctypes.byref(local), 1, ctypes.byref(remote), 1, 0)
        if got < 0:
            code = ctypes.get_errno()
            raise OSError(code, f"process_vm_readv of {size} bytes at {address:#x}")
        total += got
    return total


if __name__ == "__main__":
    print(read_all(int(sys.argv[1])))
