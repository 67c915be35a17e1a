"""The checks of ``goxray doctor``: each looks at one thing and knows the command that mends it."""

from __future__ import annotations

import os
import platform
import resource
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from goxray.core.checks import Check
from goxray.core.errors import GoxrayError

_PACKAGES = ("numpy", "pyarrow", "rich", "click")
_OLDEST_PYTHON = (3, 11)
_PARANOID = Path("/proc/sys/kernel/perf_event_paranoid")
_UPROBE = Path("/sys/bus/event_source/devices/uprobe/type")
_CORE_PATTERN = Path("/proc/sys/kernel/core_pattern")
_MAIN_JOB = "goxray maps on running programs"
_CORES = "core dumps of programs that crash"


def examine() -> list[Check]:
    """Run every check, what the main job needs first."""
    from goxray.target.permission import has_ptrace_capability, in_container, ptrace_scope
    from goxray.ui.cli.machine_vault import examine_vault

    capable = has_ptrace_capability()
    return [
        platform_check(platform.system(), platform.machine()),
        python_check(),
        freeze_check(capable, in_container()),
        scope_check(ptrace_scope(), capable),
        layouts_check(),
        toolchains_check(),
        drgn_check(platform.machine()),
        numba_check(),
        duckdb_check(),
        core_pattern_check(_read(_CORE_PATTERN)),
        core_limit_check(resource.getrlimit(resource.RLIMIT_CORE)),
        gcore_check(shutil.which("gcore")),
        perf_check(_read(_PARANOID), capable),
        uprobe_check(_UPROBE.exists()),
        *examine_vault(),
    ]


def platform_check(system: str, machine: str) -> Check:
    """Check the kind of machine: layouts are known for Linux on amd64, arm64 and loong64."""
    found = f"{system} {platform.release()} on {machine}"
    if system == "Linux" and machine == "x86_64":
        return Check("platform", "ok", found, _MAIN_JOB)
    if system == "Linux" and machine in ("aarch64", "loongarch64"):
        return Check("platform", "warn", f"{found}: without drgn, so that variables have no types", _MAIN_JOB)
    known = "Linux on amd64, arm64 and loong64"
    return Check("platform", "missing", f"{found}; goxray knows the layouts of {known}", _MAIN_JOB)


def python_check() -> Check:
    """Check the interpreter and the packages that the main job loads."""
    versions, absent = [], []
    for package in _PACKAGES:
        try:
            versions.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            absent.append(package)
    found = f"Python {platform.python_version()} with {', '.join(versions)}"
    if absent:
        mend = f"{sys.executable} -m pip install {' '.join(absent)}"
        return Check("python", "missing", f"{found}; without {', '.join(absent)}", _MAIN_JOB, mend)
    if sys.version_info < _OLDEST_PYTHON:
        return Check("python", "missing", found, _MAIN_JOB, "apt-get install python3.11")
    return Check("python", "ok", found, _MAIN_JOB)


def freeze_check(capable: bool, contained: bool) -> Check:
    """Stop and read a child process, to see what the kernel really allows."""
    who = f"uid {os.geteuid()}, {'with' if capable else 'without'} CAP_SYS_PTRACE"
    try:
        milliseconds = _freeze_a_child()
    except GoxrayError as error:
        return Check(
            "freeze", "missing", f"{who}; stopping a child failed: {error}", _MAIN_JOB, _ptrace_mend(contained)
        )
    found = f"{who}; a child process was stopped, read and let go in {milliseconds:.1f} ms"
    return Check("freeze", "ok", found, _MAIN_JOB)


def _ptrace_mend(contained: bool) -> str:
    if contained:
        return "docker run --cap-add=SYS_PTRACE ..."
    return f"sudo {shutil.which('goxray') or 'goxray'} maps PID"


def _freeze_a_child() -> float:
    """Freeze a process that only sleeps, and read from it; return how long it stood still, in milliseconds."""
    from goxray.target.freeze import ProcessFreeze
    from goxray.target.process import ProcessMemory

    # It says that it has started, so that what is read is its own memory and not a half-made copy of ours.
    program = "import sys; sys.stdout.write('.'); sys.stdout.flush(); sys.stdin.read()"
    child = subprocess.Popen([sys.executable, "-S", "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin is not None and child.stdout is not None
    try:
        child.stdout.read(1)
        freeze = ProcessFreeze(child.pid)
        with freeze:
            memory = ProcessMemory(child.pid)
            readable = next(region for region in memory.regions() if region.readable)
            memory.read(readable.start, 8)
        return freeze.ms
    finally:
        child.stdin.close()
        child.stdout.close()
        child.wait()


def scope_check(scope: int | None, capable: bool) -> Check:
    """Check Yama's ptrace_scope, which decides about processes that are not goxray's own children."""
    needed = "goxray maps on processes that goxray did not start"
    if scope is None:
        return Check("ptrace_scope", "ok", "this kernel has no Yama: your own processes can be read", needed)
    found = f"kernel.yama.ptrace_scope is {scope}"
    if scope == 0 or (capable and scope < 3):
        return Check("ptrace_scope", "ok", found, needed)
    if scope == 3:
        return Check("ptrace_scope", "missing", f"{found}: no tracing at all until a reboot", needed, "sudo reboot")
    return Check(
        "ptrace_scope",
        "missing",
        f"{found}: only {'root' if scope == 2 else 'a parent or root'} may read a process",
        needed,
        "sudo sysctl -w kernel.yama.ptrace_scope=0",
    )


def layouts_check() -> Check:
    """Name the Go releases whose layout has been verified."""
    from goxray.layout import VERSIONS

    verified = [_release(row.line, row.first_verified, row.last_verified) for row in VERSIONS]
    return Check("layouts", "ok", f"verified on linux/amd64, arm64 and loong64: {', '.join(verified)}", _MAIN_JOB)


def _release(line: tuple[int, int], first: int, last: int) -> str:
    name = f"go{line[0]}.{line[1]}"
    return f"{name}.{last}" if first == last else f"{name}.{first}-{last}"


def toolchains_check() -> Check:
    """Look for the Go toolchains that the demo, the tests and the lab build programs with."""
    from goxray.target import toolchains

    needed = "the demo, the tests and experiments; not for goxray maps"
    there = [version for version in toolchains.VERSIONS if toolchains.find(version) is not None]
    absent = [version for version in toolchains.VERSIONS if version not in there]
    found = f"in {toolchains.cache_dir()}: {', '.join(f'go{version}' for version in there) or 'none'}"
    if not absent:
        return Check("toolchains", "ok", found, needed)
    mend = f"{sys.executable} -m goxray.target.toolchains install {' '.join(absent)}"
    return Check("toolchains", "warn", f"{found}; not there: {', '.join(absent)}", needed, mend)


def drgn_check(machine: str) -> Check:
    """Look for drgn, which reads the types of variables from DWARF; without it they are told from memory."""
    from goxray.target.dwarf import drgn_error

    needed = "types of variables from DWARF; without it they are told from memory"
    error = drgn_error()
    if error is None:
        return Check("drgn", "ok", f"drgn {_version('drgn')}", needed)
    mend = f"{sys.executable} -m pip install drgn"
    if machine != "x86_64":
        mend = f"apt-get install libelf-dev libdw-dev && {mend}"  # no wheels: it is built from source
    return Check("drgn", "warn", f"drgn cannot be imported: {error}", needed, mend)


def numba_check() -> Check:
    """Look for numba, which compiles what goes over all objects of a heap."""
    return _optional("numba", "speed of goxray heap and why on large heaps; without it they do the same slowly")


def duckdb_check() -> Check:
    """Look for DuckDB, which runs the queries on snapshots."""
    return _optional("duckdb", "goxray query")


def _optional(package: str, needed: str) -> Check:
    version = _version(package)
    if version:
        return Check(package, "ok", f"{package} {version}", needed)
    return Check(package, "warn", f"{package} is not installed", needed, f"{sys.executable} -m pip install {package}")


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def core_pattern_check(pattern: str | None) -> Check:
    """Check where the kernel puts core dumps."""
    if pattern is None:
        return Check("core_pattern", "warn", "the kernel's core_pattern cannot be read", _CORES)
    if not pattern.startswith("|"):
        return Check("core_pattern", "ok", f"kernel.core_pattern is {pattern}", _CORES)
    found = f"kernel.core_pattern hands core dumps to {pattern[1:].split()[0] if pattern[1:].split() else 'a program'}"
    if "systemd-coredump" in pattern:
        return Check("core_pattern", "ok", f"{found}: coredumpctl dump -o core PID fetches one", _CORES)
    return Check("core_pattern", "warn", found, _CORES, "sudo sysctl -w kernel.core_pattern=core.%p")


def core_limit_check(limits: tuple[int, int]) -> Check:
    """Check the size limit of core dumps; Go writes one on a crash when GOTRACEBACK is ``crash``."""
    soft, hard = limits
    if soft == resource.RLIM_INFINITY:
        return Check("core_limit", "ok", "core dumps may have any size (with GOTRACEBACK=crash)", _CORES)
    mend = "ulimit -c unlimited" if hard == resource.RLIM_INFINITY else "sudo prlimit --pid $$ --core=unlimited"
    found = "this shell's programs leave no core dump" if soft == 0 else f"core dumps are cut off at {soft:,} bytes"
    return Check("core_limit", "warn", found, _CORES, mend)


def gcore_check(path: str | None) -> Check:
    """Look for gcore, which writes a core dump of a running process."""
    needed = "core dumps of running programs"
    if path is not None:
        return Check("gcore", "ok", path, needed)
    return Check("gcore", "warn", "gcore is not installed", needed, "apt-get install gdb")


def perf_check(paranoid: str | None, capable: bool) -> Check:
    """Check who may use perf events."""
    needed = "timelines of allocations and collections; not for goxray maps"
    if paranoid is None:
        return Check("perf_events", "warn", "this kernel has no perf events, or hides them", needed)
    found = f"kernel.perf_event_paranoid is {paranoid}"
    if os.geteuid() == 0 or capable or int(paranoid) <= 1:
        return Check("perf_events", "ok", found, needed)
    return Check("perf_events", "warn", found, needed, "sudo sysctl -w kernel.perf_event_paranoid=1")


def uprobe_check(there: bool) -> Check:
    """Look for uprobes."""
    needed = "timelines of map operations; not for goxray maps"
    if there:
        return Check("uprobes", "ok", "the kernel offers uprobes as perf events", needed)
    return Check(
        "uprobes",
        "warn",
        "the kernel offers no uprobes as perf events (CONFIG_UPROBE_EVENTS)",
        needed,
        "zgrep CONFIG_UPROBE_EVENTS /proc/config.gz /boot/config-$(uname -r)",
    )


def _read(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except OSError:
        return None
