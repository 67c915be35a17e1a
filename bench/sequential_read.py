"""Reads another process's heap once, front to back: the least that any inspection of all its bytes can cost.

Run as ``python bench/sequential_read.py PID``; prints the bytes read. It imports nothing but the standard library, so
that its CPU time is the reading and an interpreter's start.
"""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

CHUNK = 8 << 20


class IoVec(ctypes.Structure):
    """``struct iovec`` of <sys/uio.h>."""

    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


def resident_regions(pid: int) -> list[tuple[int, int]]:
    """Return (start, end) of the readable anonymous mappings of ``pid`` that have pages in memory.

    Go maps arenas in 64 MiB steps ahead of use; ranges without any resident page hold no heap and are left out.
    """
    regions = []
    start = end = 0
    anonymous = False
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        fields = line.split()
        if not fields[0].endswith(":"):
            start, end = (int(part, 16) for part in fields[0].split("-"))
            anonymous = fields[1].startswith("r") and fields[4] == "0" and (len(fields) == 5 or fields[5][0] == "[")
            anonymous = anonymous and not (len(fields) > 5 and fields[5].startswith("[v"))
        elif fields[0] == "Rss:" and anonymous and int(fields[1]) > 0:
            regions.append((start, end))
    return regions


def read_all(pid: int) -> int:
    """Read every resident region of ``pid`` in chunks of 8 MiB with process_vm_readv; return the bytes read.

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
    for start, end in resident_regions(pid):
        for address in range(start, end, CHUNK):
            size = min(CHUNK, end - address)
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
