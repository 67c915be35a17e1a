"""The machine on which the lab runs, as results are stamped with it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from goxray.core.lab_result import MachineInfo


def machine() -> MachineInfo:
    """Return what this machine is; ``cores`` are those that this process may use."""
    return MachineInfo(
        kernel=" ".join(os.uname()[i] for i in (0, 2, 4)),
        cpu=_cpu(),
        cores=len(os.sched_getaffinity(0)),
        memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
    )


def mark_of(info: MachineInfo) -> str:
    """Return a short name for a machine: results of another kernel, CPU or number of cores are not mixed with its."""
    text = f"{info.kernel}\0{info.cpu}\0{info.cores}"
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def boot() -> str:
    """Return the kernel's name for the time since the machine was started; empty where it tells none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""


def _cpu() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8", "replace")
    except OSError:
        return os.uname().machine
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name.strip() in ("model name", "Model Name", "Hardware"):
            return value.strip()
    return os.uname().machine
