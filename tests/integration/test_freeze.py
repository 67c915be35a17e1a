"""A frozen program stands still; afterwards it runs on, also when goxray was killed at any moment."""

from __future__ import annotations

import ctypes
import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from goxray.core.errors import PermissionRefused, ProcessGone, TargetError
from goxray.target import freeze as freeze_module
from goxray.target.binary import Binary
from goxray.target.freeze import Freeze, ProcessFreeze
from goxray.target.process import ProcessMemory, process_state
from tests.harness import steady
from tests.harness.steady import Steady

KILLS = 200
PTRACE_SEIZE, PTRACE_INTERRUPT = 0x4206, 0x4207


@pytest.fixture(params=["steady", "bustle"])
def program(request: pytest.FixtureRequest) -> Iterator[Steady]:
    with steady.running(steady.build(), request.param) as running:
        yield running


def counter(program: Steady) -> int:
    return ProcessMemory(program.pid).read_u64(program.counter)


def living(program: Steady) -> dict[int, dict[str, str]]:
    """The threads that have not ended; an ended one remains as a zombie until its tracer lets go."""
    return {tid: each for tid, each in steady.threads_of(program.pid).items() if each["State"][0] not in "ZX"}


def runs(program: Steady) -> bool:
    """Whether no thread is stopped or traced, and the counter moves on."""
    seen = counter(program)
    if not steady.until(lambda: counter(program) > seen + 3):
        return False
    threads = steady.threads_of(program.pid).values()
    return all(each["TracerPid"] == "0" and each["State"][0] not in "tT" for each in threads)


def test_nothing_moves_inside_and_everything_after(program: Steady) -> None:
    for _ in range(20):
        freeze = ProcessFreeze(program.pid)
        with freeze as inside:
            threads = living(program)
            before = counter(program)
            assert {each["State"][0] for each in threads.values()} == {"t"}
            assert set(inside.threads) == set(threads)
            time.sleep(0.003)
            assert counter(program) == before
            assert set(living(program)) == set(threads)
        assert 3 < freeze.ms < 2000
        assert runs(program)


def test_registers_are_those_of_the_threads(program: Steady) -> None:
    binary = Binary(str(steady.build()))
    text = next((start, start + size) for start, size in binary.load_ranges)
    memory = ProcessMemory(program.pid)
    with ProcessFreeze(program.pid) as inside:
        assert inside.threads
        for tid, registers in inside.threads.items():
            assert registers.tid == tid
            assert text[0] <= registers.pc < text[1] or "[vdso]" in _mapping(program.pid, registers.pc)
            assert len(memory.read(registers.sp, 8)) == 8
            assert {registers.pc, registers.sp, registers.bp} <= set(registers.gprs)
            syscall = Path(f"/proc/{program.pid}/task/{tid}/syscall").read_text().split()
            assert syscall[-2:] == [hex(registers.sp), hex(registers.pc)]


def _mapping(pid: int, addr: int) -> str:
    return next(region.path for region in ProcessMemory(pid).regions() if region.start <= addr < region.end)


def test_an_error_inside_lets_it_run_on(program: Steady) -> None:
    with pytest.raises(ZeroDivisionError), ProcessFreeze(program.pid):
        _ = 1 // 0
    assert runs(program)


def test_a_stopped_program_stays_stopped() -> None:
    with steady.running(steady.build()) as program:
        program.process.send_signal(signal.SIGSTOP)
        assert steady.until(lambda: process_state(program.pid) == "T")
        for _ in range(3):
            with ProcessFreeze(program.pid) as inside:
                assert inside.threads
            assert steady.until(lambda: {each["State"][0] for each in steady.threads_of(program.pid).values()} == {"T"})
        seen = counter(program)
        time.sleep(0.02)
        assert counter(program) == seen
        program.process.send_signal(signal.SIGCONT)
        assert runs(program)


def test_signals_that_arrive_meanwhile_are_not_lost() -> None:
    """SIGHUP ends a Go program that does not handle it, however it falls into the freeze."""
    for attempt in range(20):
        with steady.running(steady.build(), "bustle") as program:
            delay = random.Random(attempt).random() * 0.004
            sender = threading.Timer(delay, os.kill, [program.pid, signal.SIGHUP])
            sender.start()
            with pytest.raises(ProcessGone):
                while True:
                    with ProcessFreeze(program.pid):
                        time.sleep(0.0005)
                    time.sleep(0.001)  # a thread takes its signal when it runs: without a gap a busy machine starves it
            sender.join()
            assert program.process.wait(5) == -signal.SIGHUP


def test_a_signal_between_attaching_and_stopping_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread then stops because of the signal, which only the detaching tracer can give it."""
    with steady.running(steady.build()) as program:
        original = freeze_module._ptrace
        sent: list[int] = []

        def ptrace(request: int, tid: int, address: object, data: object) -> int:
            if request == PTRACE_INTERRUPT and not sent:
                sent.append(tid)
                os.kill(program.pid, signal.SIGHUP)
                steady.until(lambda: process_state(program.pid, program.pid) == "t", 5.0)
            result: int = original(request, tid, address, data)
            return result

        monkeypatch.setattr(freeze_module, "_ptrace", ptrace)
        with ProcessFreeze(program.pid) as inside:
            assert process_state(program.pid) == "t"
            assert program.pid in inside.threads
        assert sent
        assert program.process.wait(5) == -signal.SIGHUP


def test_another_thread_may_hear_of_the_stop_first() -> None:
    """subprocess.Popen.poll takes it for the child's end; the freeze must not wait for news that never comes."""
    with steady.running(steady.build(), "bustle") as program:
        done = threading.Event()

        def steal() -> None:
            while not done.is_set():
                os.waitpid(program.pid, os.WNOHANG | os.WUNTRACED)

        thief = threading.Thread(target=steal)
        thief.start()
        try:
            for _ in range(30):
                with ProcessFreeze(program.pid) as inside:
                    assert inside.threads
        finally:
            done.set()
            thief.join()
        assert runs(program)


def test_a_second_tracer_is_named(program: Steady) -> None:
    script = textwrap.dedent(
        f"""
        import ctypes, sys
        assert ctypes.CDLL(None).ptrace({PTRACE_SEIZE}, {program.pid}, 0, 0) == 0
        print("attached", flush=True)
        sys.stdin.read()
        """
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "attached\n"
        with pytest.raises(TargetError, match=f"already traced by process {other.pid} ") as caught:
            ProcessFreeze(program.pid).__enter__()
        assert not isinstance(caught.value, PermissionRefused)
        other.communicate()
    assert runs(program)


def test_a_program_that_ends_inside_or_before() -> None:
    with steady.running(steady.build()) as program:
        with ProcessFreeze(program.pid):
            program.process.kill()
            assert steady.until(lambda: process_state(program.pid) in ("Z", None))
        program.process.wait()
        with pytest.raises(ProcessGone):
            ProcessFreeze(program.pid).__enter__()


def test_nobody_elses_process_is_stopped() -> None:
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setresuid(65534, 65534, 65534)
            with ProcessFreeze(os.getppid() if os.getuid() == 65534 else 1):
                text = "it was"
        except PermissionRefused as error:
            text = str(error)
        except BaseException as error:
            text = repr(error)
        os.write(send, text.encode())
        os._exit(0)
    os.close(send)
    with os.fdopen(receive) as pipe:
        assert pipe.read().startswith("no permission to stop process")
    os.waitpid(child, 0)


def test_a_core_has_nothing_to_freeze() -> None:
    with Freeze({}) as freeze:
        assert freeze.threads == {}
    assert freeze.ms == 0.0


KILLER = textwrap.dedent(
    """
    import json, os, random, signal, sys, time
    from goxray.target.freeze import ProcessFreeze

    pid, kills = int(sys.argv[1]), int(sys.argv[2])
    dice = random.Random(1)

    def look():
        found = []
        for name in os.listdir(f"/proc/{pid}/task"):
            try:
                text = open(f"/proc/{pid}/task/{name}/status").read()
            except (FileNotFoundError, ProcessLookupError):
                continue
            fields = dict(line.split(":\\t", 1) for line in text.splitlines() if ":\\t" in line)
            found.append(fields["State"][0] + fields["TracerPid"])
        return found

    for kill in range(kills):
        ready, tell = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(tell, b"!")
            while True:
                with ProcessFreeze(pid):
                    time.sleep(dice.random() * 0.002)
        os.read(ready, 1)
        time.sleep(dice.random() * 0.008)
        during = look()
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        print(json.dumps([during, look()]), flush=True)
        sys.stdin.readline()
        os.close(ready), os.close(tell)
    """
)


@pytest.mark.parametrize("how", ["steady", "bustle"])
def test_a_killed_goxray_leaves_the_program_running(how: str) -> None:
    with steady.running(steady.build(), how) as program:
        killer = subprocess.Popen(
            [sys.executable, "-c", KILLER, str(program.pid), str(KILLS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        with killer:
            assert killer.stdin is not None
            assert killer.stdout is not None
            caught_frozen = 0
            for _ in range(KILLS):
                during, after = json.loads(killer.stdout.readline())
                caught_frozen += any(state[0] == "t" for state in during)
                assert after
                assert all(state[1:] == "0" and state[0] not in "tT" for state in after), after
                seen = counter(program)
                assert steady.until(lambda seen=seen: counter(program) > seen + 1)  # type: ignore[misc]
                killer.stdin.write("\n")
                killer.stdin.flush()
        assert caught_frozen > KILLS // 10
        assert runs(program)


def test_a_seized_thread_can_be_left_to_the_kernel(program: Steady) -> None:
    """What the freeze relies on: the end of the tracing thread alone detaches, without PTRACE_DETACH."""

    def seize_and_end() -> None:
        assert ctypes.CDLL(None).ptrace(PTRACE_SEIZE, program.pid, 0, 0) == 0
        assert steady.threads_of(program.pid)[program.pid]["TracerPid"] != "0"

    thread = threading.Thread(target=seize_and_end)
    thread.start()
    thread.join()
    assert steady.until(lambda: steady.threads_of(program.pid)[program.pid]["TracerPid"] == "0")
    assert runs(program)
