"""Programs of the lab: what they leave behind is killed, what they write is bounded, what they cost is their own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from goxray.lab.processes import Ended, Limits, clean_environment, run
from goxray.lab.starter import starter
from goxray.target import toolchains

MIB = 1 << 20
PLENTY = Limits(120.0, 1 << 30)

PROGRAM = """
package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

var held []byte

// leave starts a process that runs on, in a session of its own where that is asked for, and prints its number.
func leave(own bool) {
	child := exec.Command(os.Args[0], "sleep")
	child.Stdout = os.Stdout
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: own}
	if err := child.Start(); err != nil {
		panic(err)
	}
	fmt.Println(child.Process.Pid)
}

func main() {
	switch os.Args[1] {
	case "sleep":
		time.Sleep(time.Hour)
	case "hang":
		leave(false)
		leave(true)
		time.Sleep(time.Hour)
	case "leave":
		leave(false)
		leave(true)
	case "write":
		for n := 0; n < 3000; n++ {
			fmt.Println(strings.Repeat("o", 999))
			if n == 1500 {
				fmt.Println(`{"in":1500}`)
			}
			fmt.Fprintln(os.Stderr, strings.Repeat("e", 999))
		}
	case "hold":
		for {
			held = append(held, make([]byte, 1<<20)...)
			for at := 0; at < len(held); at += 4096 {
				held[at] = 1
			}
		}
	case "touch":
		held = make([]byte, 100<<20)
		for at := range held {
			held[at] = 1
		}
	case "crash":
		fmt.Println("before")
		panic("on purpose")
	case "signal":
		syscall.Kill(os.Getpid(), syscall.SIGTERM)
		time.Sleep(time.Hour)
	case "env":
		fmt.Println(strings.Join(os.Environ(), "\\n"))
	}
}
"""


@pytest.fixture(scope="module")
def toolchain() -> toolchains.Toolchain:
    found = toolchains.find("1.27.3")
    assert found is not None, "run `make toolchains`"
    return found


@pytest.fixture(scope="module")
def shim(toolchain: toolchains.Toolchain, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return starter(toolchain, tmp_path_factory.mktemp("lab"))


@pytest.fixture(scope="module")
def program(toolchain: toolchains.Toolchain, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("program")
    (place / "main.go").write_text(PROGRAM)
    (place / "go.mod").write_text("module program\n\ngo 1.21\n")
    return toolchain.build(place, place / "program")


@pytest.fixture
def start(shim: Path, program: Path, tmp_path: Path) -> Callable[..., Ended]:
    def started(what: str, limits: Limits = PLENTY, **env: str) -> Ended:
        return run(shim, [str(program), what], clean_environment(env), tmp_path, limits)

    return started


def gone(pid: int) -> bool:
    """Whether a process has ended (what is left of it may still wait for its parent)."""
    for _ in range(600):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state in "ZX":
            return True
        time.sleep(0.1)
    return False


def test_after_its_time_all_that_it_started_is_killed(start: Callable[..., Ended]) -> None:
    for seconds in (1, 10, 60):  # on a busy machine it may not come so far at once
        ended = start("hang", Limits(seconds, 1 << 30))
        assert ended.reason == "timed-out" and f"{seconds} s" in ended.detail
        children = list(map(int, ended.stdout.split()))
        if len(children) == 2:
            break
    assert len(children) == 2 and all(map(gone, children))


def test_what_a_program_leaves_running_is_killed_too(start: Callable[..., Ended]) -> None:
    ended = start("leave")
    assert ended.reason is None and ended.status == 0
    children = list(map(int, ended.stdout.split()))
    assert len(children) == 2 and all(map(gone, children))


def test_an_interrupted_run_ends_its_program(start: Callable[..., Ended]) -> None:
    asked = iter([False, False, True])
    ended = start("hang", Limits(120.0, 1 << 30, lambda: next(asked, True)))
    assert ended.reason == "not-run"
    assert all(map(gone, map(int, ended.stdout.split())))


def test_outputs_of_any_length_keep_both_ends(start: Callable[..., Ended]) -> None:
    ended = start("write")
    assert ended.reason is None and ended.status == 0
    assert ended.lines == '{"in":1500}\n', "a figure counts wherever it stands"
    for text, letter, written in ((ended.stdout, "o", 3_000_012), (ended.stderr, "e", 3_000_000)):
        assert len(text) < 600_000 and text.startswith(letter * 999 + "\n") and text.endswith(letter * 999 + "\n")
        # 3,000 lines of 1,000 bytes, of which 256 KiB stay at each end
        assert f"[goxray: {written - 2 * 262_144} bytes left out]" in text


def test_a_program_that_takes_all_memory_is_ended(start: Callable[..., Ended]) -> None:
    ended = start("hold", Limits(120.0, 64 * MIB))
    assert ended.reason == "crashed" and "64 MiB" in ended.detail


def test_a_peak_is_the_programs_own_not_that_of_a_large_parent(start: Callable[..., Ended]) -> None:
    large = b"\1" * (150 * MIB)  # this process' peak, which a child would inherit
    small, touched = start("crash"), start("touch")
    assert len(large) == 150 * MIB
    assert 0 < small.max_rss < 32 * MIB
    assert 100 * MIB <= touched.max_rss < 132 * MIB
    assert touched.cpu_s > 0 and touched.wall_s > 0 and touched.loop_ns > 0


def test_how_it_ended_is_told(start: Callable[..., Ended]) -> None:
    crashed, signalled = start("crash"), start("signal")
    assert crashed.status == 2 and crashed.stdout == "before\n" and "panic: on purpose" in crashed.stderr
    assert signalled.status == 128 + 15
    assert crashed.reason is None and signalled.reason is None, "whether that is a failure is for the experiment to say"


def test_a_program_that_is_not_there_is_told(shim: Path, tmp_path: Path) -> None:
    ended = run(shim, [str(tmp_path / "none")], {}, tmp_path, PLENTY)
    assert ended.reason == "crashed" and "no such file" in ended.detail
    ended = run(tmp_path / "none", ["/bin/true"], {}, tmp_path, PLENTY)
    assert ended.reason == "crashed" and "cannot start" in ended.detail


def test_it_sees_none_of_the_users_settings_of_go(start: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GOGC", "GODEBUG", "GOMAXPROCS", "LAB_ARMS", "GOFLAGS"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("MINE", "kept")
    found = dict(line.split("=", 1) for line in start("env", GODEBUG="gctrace=0", LAB_ARMS="a").stdout.splitlines())
    assert found["GODEBUG"] == "gctrace=0" and found["LAB_ARMS"] == "a" and found["MINE"] == "kept"
    assert not {"GOGC", "GOMAXPROCS", "GOFLAGS"} & set(found)
    assert not any(name.startswith("_MINE") for name in found)


def test_when_the_lab_is_killed_its_program_ends_too(shim: Path, program: Path, tmp_path: Path) -> None:
    lab = f"""
        from pathlib import Path
        from goxray.lab.processes import Limits, run
        import os, threading, time
        def tell():
            while not (pids := [p for p in os.listdir("/proc") if p.isdigit() and mine(p)]): time.sleep(0.05)
            print(*pids, flush=True)
        def mine(pid):
            try: return {str(program)!r} in Path(f"/proc/{{pid}}/cmdline").read_text().split("\\0")[:1]
            except OSError: return False
        threading.Thread(target=tell).start()
        run(Path({str(shim)!r}), [{str(program)!r}, "sleep"], dict(os.environ), Path("."), Limits(600, 1 << 30))
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(lab)], stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=os.environ
    ) as process:
        assert process.stdout is not None
        pids = list(map(int, process.stdout.readline().split()))
        process.kill()
    assert pids and all(map(gone, pids))
