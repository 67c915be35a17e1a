"""What an experiment needs of the machine, tried for real: a C compiler, the race detector, a command, a file."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from goxray.lab.gocommand import go
from goxray.target.toolchains import Toolchain

_TIMEOUT_S = 180.0
_C_PROGRAM = """package main

// int answer(void) { return 42; }
import "C"

func main() {
	if C.answer() != 42 {
		panic("the C compiler cannot be trusted")
	}
}
"""
_GO_PROGRAM = "package main\n\nfunc main() {}\n"
_KERNEL_PROGRAM = """package main

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

func try(what string, number uintptr, arguments ...uintptr) uintptr {
	var all [6]uintptr
	copy(all[:], arguments)
	got, _, failed := syscall.Syscall6(number, all[0], all[1], all[2], all[3], all[4], all[5])
	if failed != 0 {
		fmt.Println(what+":", failed)
		os.Exit(1)
	}
	return got
}

%s"""
_IO_URING = """
var (
	parameters [120]byte // struct io_uring_params
	page       [4096]byte
	buffer     = syscall.Iovec{Base: &page[0]}
)

func main() {
	ring := try("io_uring_setup", 425, 4, uintptr(unsafe.Pointer(&parameters)))
	buffer.SetLen(len(page))
	try("io_uring_register", 427, ring, 0, uintptr(unsafe.Pointer(&buffer)), 1)
}
"""
_PERF_EVENT = """
var attributes [14]uint64 // struct perf_event_attr

func main() {
	*(*[2]uint32)(unsafe.Pointer(&attributes)) = [2]uint32{1, uint32(unsafe.Sizeof(attributes))} // software
	attributes[1] = 5           // PERF_COUNT_SW_PAGE_FAULTS_MIN
	attributes[5] = 1<<5 | 1<<6 // neither the kernel's nor a hypervisor's
	none := ^uintptr(0)
	try("perf_event_open", syscall.SYS_PERF_EVENT_OPEN, uintptr(unsafe.Pointer(&attributes)), 0, none, none, 8)
}
"""
_KERNEL_CALLS = {"io_uring": _IO_URING, "perf_event": _PERF_EVENT}


class Needs:
    """Answers are kept for as long as the run lasts: each thing is tried once with each toolchain."""

    def __init__(self, stopping: Callable[[], bool] = lambda: False) -> None:
        self._known: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()
        self._stopping = stopping

    def missing(self, names: tuple[str, ...], toolchain: Toolchain) -> str:
        """Return why the first missing thing is missing, in one line; empty where all are there.

        ``cc`` is a C compiler that makes a cgo program which runs, ``race`` a race detector that runs,
        ``io_uring`` that the kernel lets a program make a ring and register a buffer, ``perf_event`` that it lets one
        record its own page faults; a word that begins with ``/`` is a file that can be read, any other a command on
        PATH.
        """
        for name in names:
            key = name, str(toolchain.root)
            with self._lock:
                if key not in self._known:
                    self._known[key] = self._try(name, toolchain)
                if self._known[key]:
                    return self._known[key]
        return ""

    def _try(self, name: str, toolchain: Toolchain) -> str:
        if name == "cc":
            return self._program(toolchain, _C_PROGRAM, [], "no C compiler works here")
        if name == "race":
            return self._program(toolchain, _GO_PROGRAM, ["-race"], "the race detector does not work here")
        if name in _KERNEL_CALLS:
            return self._program(
                toolchain, _KERNEL_PROGRAM % _KERNEL_CALLS[name], [], f"the kernel does not allow {name} here", cgo="0"
            )
        if name.startswith("/"):
            return "" if os.access(name, os.R_OK) else f"{name} cannot be read here"
        return "" if shutil.which(name) else f"there is no {name} here"

    def _program(self, toolchain: Toolchain, source: str, flags: list[str], failure: str, cgo: str = "1") -> str:
        with tempfile.TemporaryDirectory(prefix="goxray-needs-") as name:
            place = Path(name)
            (place / "main.go").write_text(source, "utf-8")
            (place / "go.mod").write_text("module tried\n\ngo 1.21\n", "utf-8")
            said = go(
                toolchain, ["run", *flags, "."], place,
                env={"CGO_ENABLED": cgo}, timeout_s=_TIMEOUT_S, stopping=self._stopping,
            )  # fmt: skip
        if said.status == 0:
            return ""
        first = next((line for line in said.text.splitlines() if line and not line.startswith("#")), "")
        return f"{failure}: {first}" if first else failure
