"""What the kernel lets goxray do to other processes, and what to change where it refuses."""

from __future__ import annotations

import os
from pathlib import Path

from goxray.core.errors import PermissionRefused

CAP_SYS_PTRACE = 19  # linux/capability.h
_SCOPE = Path("/proc/sys/kernel/yama/ptrace_scope")


def ptrace_scope() -> int | None:
    """The Yama setting (0 to 3), None where the kernel has no Yama."""
    try:
        return int(_SCOPE.read_text())
    except (OSError, ValueError):
        return None


def has_ptrace_capability() -> bool:
    """Whether this process holds CAP_SYS_PTRACE in its effective set."""
    mask = int(_status_field("self", "CapEff") or "0", 16)
    return bool(mask >> CAP_SYS_PTRACE & 1)


def in_container() -> bool:
    """Whether goxray itself seems to run in a container (Docker, Podman, Kubernetes)."""
    if Path("/.dockerenv").exists() or Path("/run/.containerenv").exists() or "KUBERNETES_SERVICE_HOST" in os.environ:
        return True
    try:
        groups = Path("/proc/1/cgroup").read_text()
    except OSError:
        return False
    return any(word in groups for word in ("docker", "kubepods", "containerd", "libpod", "lxc"))


def tracer_of(pid: int, tid: int | None = None) -> int:
    """The pid of the debugger attached to a process or thread, 0 if none or not known."""
    where = str(pid) if tid is None else f"{pid}/task/{tid}"
    return int(_status_field(where, "TracerPid") or 0)


def process_name(pid: int) -> str:
    """The command name the kernel keeps for a process, "?" if it is gone."""
    return _status_field(str(pid), "Name") or "?"


def thread_group(pid: int) -> int | None:
    """The process that a pid or thread id belongs to, None if there is none."""
    found = _status_field(str(pid), "Tgid")
    return int(found) if found else None


def refused(pid: int, doing: str) -> PermissionRefused:
    """The error for an EPERM or EACCES while ``doing`` (such as "read the memory of") process ``pid``."""
    owner = (_status_field(str(pid), "Uid") or "?").split()[0]
    message = f"no permission to {doing} process {pid} (it belongs to uid {owner}, goxray runs as uid {os.geteuid()})"
    return PermissionRefused(message, hint=_advice(owner))


def _advice(owner: str) -> str:
    capable = has_ptrace_capability()
    scope = ptrace_scope()
    parts: list[str] = []
    if scope == 3:
        return "kernel.yama.ptrace_scope is 3: no process may be traced until a reboot with a lower value"
    if not capable:
        parts.append("run goxray as root or with CAP_SYS_PTRACE (sudo goxray ...)")
        if owner == str(os.geteuid()) and scope == 1:
            parts.append(
                "or allow tracing of your own processes: sudo sysctl -w kernel.yama.ptrace_scope=0 (it is 1 now)"
            )
        if scope == 2:
            parts.append(
                "kernel.yama.ptrace_scope is 2: only CAP_SYS_PTRACE helps, or sudo sysctl -w kernel.yama.ptrace_scope=0"
            )
        if in_container():
            parts.append(
                "in a container start it with --cap-add=SYS_PTRACE; in Kubernetes set "
                'securityContext: {capabilities: {add: ["SYS_PTRACE"]}} and, for another container\'s process, '
                "shareProcessNamespace: true"
            )
    else:
        parts.append(
            "goxray holds CAP_SYS_PTRACE, so the target lives in another user namespace or a security module "
            "(seccomp, AppArmor, SELinux) forbids it: run goxray on the host, or in the target's own namespace"
        )
    return "; ".join(parts)


def _status_field(where: str, name: str) -> str | None:
    try:
        text = Path(f"/proc/{where}/status").read_text(errors="replace")
    except OSError:
        return None
    for line in text.splitlines():
        key, _, value = line.partition(":")
        if key == name:
            return value.strip()
    return None
