"""The memory group of a process in trees of both versions, as the kernel's documents describe their files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from goxray.target.cgroup import GroupMemory, memory_group

PID = 4242
GIB = 1 << 30
NO_LIMIT_V1 = 9223372036854771712
"""What memory.limit_in_bytes says without a limit: the largest multiple of 4096 below 2**63."""


class Machine:
    """A made-up /proc and /sys/fs/cgroup."""

    def __init__(self, directory: Path) -> None:
        self.proc, self.root = directory / "proc", directory / "cgroup"
        (self.proc / str(PID)).mkdir(parents=True)
        (self.proc / "self").mkdir()
        self.root.mkdir()

    def groups(self, text: str) -> None:
        """Write /proc/PID/cgroup."""
        (self.proc / str(PID) / "cgroup").write_text(text)

    def mount(self, kind: str, *, root: str = "/", at: str = "", options: str = "rw", ident: int = 30) -> None:
        """Add a line to our own mountinfo, as proc_pid_mountinfo(5) has it."""
        point = str(self.root / at) if at else str(self.root)
        line = f"{ident} 23 0:26 {root} {point.replace(' ', chr(92) + '040')} rw,nosuid - {kind} cgroup {options}\n"
        with open(self.proc / "self" / "mountinfo", "a") as out:
            out.write(line)

    def level(self, path: str, files: Mapping[str, object]) -> None:
        """Make a group's directory with these files."""
        where = self.root / path.strip("/")
        where.mkdir(parents=True, exist_ok=True)
        for name, value in files.items():
            (where / name).write_text(f"{value}\n")

    def read(self) -> GroupMemory:
        """Read the process's group."""
        group = memory_group(PID, str(self.proc))
        assert group is not None
        return group.read()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def v2(current: int, most: object = "max", high: object = "max", **more: object) -> dict[str, object]:
    return {"memory.current": current, "memory.max": most, "memory.high": high, **more}


def test_the_smallest_limit_up_the_tree_holds(machine: Machine) -> None:
    """A pod of 1 GiB with a container of 2 GiB in it: the pod's limit is met first, and its other container counts."""
    machine.mount("cgroup2")
    machine.groups("0::/kubepods/pod1/app\n")
    machine.level("/", {"cgroup.controllers": "memory"})
    machine.level("/kubepods", v2(9 * GIB, 64 * GIB))
    machine.level("/kubepods/pod1", v2(GIB - 4096, GIB, high=900 << 20))
    events = "low 0\nhigh 12\nmax 7\noom 3\noom_kill 2\noom_group_kill 0"
    swap = {"memory.swap.current": 8192, "memory.swap.max": GIB, "memory.events": events}
    machine.level("/kubepods/pod1/app", v2(300 << 20, 2 * GIB, **swap))
    assert machine.read() == GroupMemory(
        current=300 << 20,
        limit=GIB,
        limit_at="/kubepods/pod1",
        high=900 << 20,
        headroom=4096,
        swap=8192,
        swap_limit=GIB,
        oom_kills=2,
        limit_hits=7,
    )
    group = memory_group(PID, str(machine.proc))
    assert group is not None
    assert (group.version, group.path, group.whole, group.current()) == (2, "/kubepods/pod1/app", True, 300 << 20)


def test_without_limits_there_is_none(machine: Machine) -> None:
    machine.mount("cgroup2")
    machine.groups("0::/user.slice\n")
    machine.level("/user.slice", v2(5000))
    found = machine.read()
    assert (found.current, found.limit, found.limit_at, found.high, found.headroom) == (5000, None, None, None, None)
    assert (found.swap, found.swap_limit, found.oom_kills, found.limit_hits) == (None, None, None, None)


def test_version_1_beside_an_empty_version_2(machine: Machine) -> None:
    """A hybrid machine: the memory controller is in a version 1 hierarchy, the unified one has nothing of it."""
    machine.mount("cgroup", at="cpu", options="rw,cpu", ident=31)
    machine.mount("cgroup", at="memory", options="rw,memory", ident=32)
    machine.mount("cgroup2", at="unified", ident=33)
    machine.groups("5:cpu:/x\n4:memory:/docker/abc\n0::/\n")
    files = {
        "memory.usage_in_bytes": 1000,
        "memory.limit_in_bytes": NO_LIMIT_V1,
        "memory.failcnt": 5,
        "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 1",
    }
    machine.level("/memory/docker/abc", files)
    machine.level("/memory/docker", {"memory.usage_in_bytes": 3000, "memory.limit_in_bytes": 4096})
    machine.level("/memory", {"memory.usage_in_bytes": 9000, "memory.limit_in_bytes": NO_LIMIT_V1})
    found = machine.read()
    assert (found.current, found.limit, found.limit_at, found.headroom) == (1000, 4096, "/docker", 1096)
    assert (found.high, found.swap, found.oom_kills, found.limit_hits) == (None, None, 1, 5)


def test_a_container_sees_its_own_group_as_the_root(machine: Machine) -> None:
    """With a group namespace of its own the path is / and the mount shows the container's group alone."""
    machine.mount("cgroup2", root="/")
    machine.groups("0::/\n")
    machine.level("/", v2(700, 1000))
    found = machine.read()
    assert (found.current, found.limit, found.limit_at, found.headroom) == (700, 1000, "/", 300)


def test_a_bind_mount_shows_a_part_of_the_tree(machine: Machine) -> None:
    """Without a namespace the path is the host's, and the mount's root is the container's group."""
    machine.mount("cgroup2", root="/docker/abc")
    machine.groups("0::/docker/abc/inner\n")
    machine.level("/inner", v2(10))
    machine.level("/", v2(20, 100))
    group = memory_group(PID, str(machine.proc))
    assert group is not None and not group.whole
    found = group.read()
    assert (found.current, found.limit, found.limit_at, found.headroom) == (10, 100, "/docker/abc", 80)


@pytest.mark.parametrize("path", ["/", "/../sibling", "/elsewhere", "/docker/abcdef"])
def test_groups_out_of_sight_are_not_guessed(machine: Machine, path: str) -> None:
    machine.mount("cgroup2", root="/docker/abc")
    machine.groups(f"0::{path}\n")
    machine.level("/", v2(20, 100))
    assert memory_group(PID, str(machine.proc)) is None


def test_a_mount_point_with_a_blank_in_its_name(machine: Machine) -> None:
    machine.mount("cgroup2", at="a b")
    machine.groups("0::/x:y\n")
    machine.level("/a b/x:y", v2(10, 100))
    assert machine.read().limit == 100


def test_no_process_no_group(machine: Machine) -> None:
    machine.mount("cgroup2")
    assert memory_group(PID + 1, str(machine.proc)) is None
