"""What the kernel's refusals of perf_event_open(2) mean, and what to do about each."""

from __future__ import annotations

import errno
import os

from goxray.core.errors import PermissionRefused, ProcessGone, TargetError
from goxray.target.permission import in_container


def refusal(code: int, what: str) -> TargetError:
    """Return the error for what the kernel refused with that errno."""
    if code in (errno.EACCES, errno.EPERM):
        return PermissionRefused(
            f"the kernel does not let this user record events ({os.strerror(code)} for {what})", hint=_advice(code)
        )
    if code in (errno.ENOENT, errno.ESTALE):
        return ProcessGone(f"the kernel cannot open {what}: no such file", hint="has the process ended?")
    if code == errno.EMFILE:
        return TargetError(
            f"the kernel cannot open {what}: one event for each probe and processor is too many for this shell",
            hint="ulimit -n 65536, or choose fewer with --events",
        )
    return TargetError(
        f"the kernel cannot open {what}: {os.strerror(code)}",
        hint="the file must lie on a file system that programs can be run from",
    )


def _advice(code: int) -> str:
    if os.geteuid() != 0:
        return "run it as root (sudo goxray trace ...), or with CAP_PERFMON or CAP_SYS_ADMIN"
    if in_container():
        return (
            "root of a container is not enough: start it with --privileged, or --cap-add=PERFMON and a seccomp profile "
            "that allows perf_event_open; or run goxray on the host"
        )
    if code == errno.EPERM:
        return (
            "seccomp, kernel lockdown or a security module forbids perf_event_open: cat /sys/kernel/security/lockdown"
        )
    return "this root lacks CAP_PERFMON and CAP_SYS_ADMIN (a user namespace?): run goxray on the host"
