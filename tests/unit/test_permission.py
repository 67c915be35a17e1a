"""The advice for a refused process fits the machine: capability, Yama, container."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from goxray.target import permission


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A user without rights on a plain host with no Yama."""
    monkeypatch.setattr(permission, "has_ptrace_capability", lambda: False)
    monkeypatch.setattr(permission, "ptrace_scope", lambda: None)
    monkeypatch.setattr(permission, "in_container", lambda: False)
    return monkeypatch


def hint() -> str:
    return permission.refused(os.getpid(), "read the memory of").hint


def test_on_a_plain_host(machine: pytest.MonkeyPatch) -> None:
    assert hint() == "run goxray as root or with CAP_SYS_PTRACE (sudo goxray ...)"


@pytest.mark.parametrize("scope", [1, 2])
def test_yama_names_the_setting_and_the_command(machine: pytest.MonkeyPatch, scope: int) -> None:
    machine.setattr(permission, "ptrace_scope", lambda: scope)
    assert "sudo sysctl -w kernel.yama.ptrace_scope=0" in hint()
    assert f"is {scope}" in hint()


def test_yama_3_cannot_be_mended_without_a_reboot(machine: pytest.MonkeyPatch) -> None:
    machine.setattr(permission, "ptrace_scope", lambda: 3)
    assert "reboot" in hint()
    assert "sysctl" not in hint()


def test_containers_are_told_what_to_add(machine: pytest.MonkeyPatch) -> None:
    machine.setattr(permission, "in_container", lambda: True)
    assert "--cap-add=SYS_PTRACE" in hint()
    assert 'securityContext: {capabilities: {add: ["SYS_PTRACE"]}}' in hint()
    assert "shareProcessNamespace: true" in hint()


def test_with_the_capability_something_else_is_in_the_way(machine: pytest.MonkeyPatch) -> None:
    machine.setattr(permission, "has_ptrace_capability", lambda: True)
    assert "user namespace" in hint()
    assert "sudo" not in hint()


def test_the_message_names_both_users(machine: pytest.MonkeyPatch) -> None:
    error = permission.refused(os.getpid(), "stop")
    uid = os.geteuid()
    assert (
        str(error) == f"no permission to stop process {os.getpid()} (it belongs to uid {uid}, goxray runs as uid {uid})"
    )


def test_what_the_kernel_says_of_this_process() -> None:
    status = dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line)
    assert permission.has_ptrace_capability() == bool(int(status["CapEff"], 16) & 1 << 19)
    assert permission.process_name(os.getpid()) == status["Name"]
    assert permission.thread_group(os.getpid()) == os.getpid()
    assert permission.tracer_of(os.getpid()) == int(status["TracerPid"])
    assert permission.thread_group(2**22 + 1) is None
