"""``goxray trace`` leaves the target running and without probes, however it ends, and says what it did not receive."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from goxray.api_trace import trace
from goxray.target import perf_events
from goxray.target.binary import Binary
from goxray.timeline.uprobes.events import DEFAULT_GROUPS, events_of
from goxray.timeline.uprobes.place import Placed, Program, place_all
from tests.harness import traced
from tests.harness.speaking import Speaker
from tests.harness.steady import until
from tests.harness.variants import CLASSIC, SWISS, Variant

pytestmark = pytest.mark.xdist_group("trace-leaves")

BREAKPOINT = 0xCC
PATIENCE = 60.0
SMALL = "map[int]int"


class Probed:
    """A program of its own file, so that no other test's probes stand in it."""

    def __init__(self, folder: Path, variant: Variant = SWISS) -> None:
        self.exe = folder / "traced"
        shutil.copy(traced.build(variant), self.exe)
        binary = Binary(str(self.exe))
        self.places: list[Placed] = place_all(Program(binary), events_of(DEFAULT_GROUPS))[0]
        self.own = [binary.read(place.address, 1) for place in self.places]
        binary.close()

    def code(self, pid: int) -> list[bytes | None]:
        """What stands in the process where probes belong."""
        with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
            return [os.pread(memory.fileno(), 1, place.address) for place in self.places]

    def is_probed(self, pid: int) -> bool:
        """Whether a breakpoint stands at every place."""
        return all(byte == bytes([BREAKPOINT]) for byte in self.code(pid))

    def is_clean(self, pid: int) -> bool:
        """Whether the program's own code does."""
        return self.code(pid) == self.own


@pytest.fixture(scope="module")
def probed(tmp_path_factory: pytest.TempPathFactory) -> Probed:
    return Probed(tmp_path_factory.mktemp("probed"))


def goxray(*arguments: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "goxray", "trace", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def goes_on(program: Speaker) -> bool:
    return bool(program.tell("small 100")["MapGrow"] == 100)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_ends_goxray_and_leaves_the_target_clean(
    probed: Probed, number: signal.Signals, tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    with traced.running(probed.exe) as program:
        assert probed.is_clean(program.pid)
        process = goxray(program.pid, "-o", report)
        assert until(lambda: probed.is_probed(program.pid), PATIENCE), process.poll()
        assert goes_on(program)
        process.send_signal(number)
        process.communicate(timeout=PATIENCE)
        assert until(lambda: probed.is_clean(program.pid), PATIENCE)
        assert goes_on(program)
    if number == signal.SIGKILL:
        assert not report.exists()
    else:
        assert process.returncode == 0
        assert json.loads(report.read_text())["counts"]["map grow"] >= 100


def test_an_error_takes_the_probes_away(probed: Probed) -> None:
    class Broken(Exception):
        pass

    def broken() -> bool:
        assert probed.is_probed(program.pid)
        raise Broken

    with traced.running(probed.exe) as program:
        with pytest.raises(Broken):
            trace(str(program.pid), interrupted=broken)
        assert probed.is_clean(program.pid)
        assert goes_on(program)


def test_the_end_of_the_target_ends_the_trace(probed: Probed, tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    with traced.running(probed.exe) as program:
        process = goxray(program.pid, "-o", report)
        assert until(lambda: probed.is_probed(program.pid), PATIENCE)
        assert goes_on(program)
    _, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors) == (0, b"")
    assert report.read_text().count("map grow") >= 100


def test_a_command_survives_the_death_of_goxray(probed: Probed) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "goxray", "trace", "--", probed.exe],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    program = Speaker(process)
    pid = program.said["pid"]
    try:
        assert probed.is_probed(pid)
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE)
        assert until(lambda: probed.is_clean(pid), PATIENCE)
        assert goes_on(program)
    finally:
        os.kill(pid, signal.SIGKILL)
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_is_handed_to_the_command(probed: Probed, number: signal.Signals, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    process = subprocess.Popen(
        [sys.executable, "-m", "goxray", "trace", "-o", report, "--", probed.exe],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip  # no terminal, whose Ctrl-C the command would have by itself
    Speaker(process)
    process.send_signal(number)
    process.wait(PATIENCE)
    process.communicate()
    assert process.returncode == 128 + number
    assert json.loads(report.read_text())["exit_code"] == 128 + number


def test_recording_ends_in_time_and_the_command_is_waited_for(probed: Probed) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "goxray", "trace", "--for", "0.1", "--events", "gc", "-o", os.devnull, "--", probed.exe],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    program = Speaker(process)
    assert until(lambda: probed.is_clean(program.said["pid"]), PATIENCE)
    assert process.poll() is None
    process.communicate("exit 3\n", timeout=PATIENCE)
    assert process.returncode == 3


@pytest.mark.parametrize("variant", [CLASSIC, SWISS], ids=str)
def test_a_hundred_thousand_growths_are_received_or_reported(variant: Variant, tmp_path: Path) -> None:
    with traced.running(Probed(tmp_path, variant).exe) as program:
        tracing = traced.Tracing(program.pid, ("map",), rate=None)
        grown = program.tell("small 100000")["MapGrow"]
        result = tracing.end()
    received = len(traced.rows(result, "map grow", kind=SMALL))
    assert grown - result.lost <= received <= grown
    told = [probe for probe in result.probes if probe.hits >= grown]
    assert told
    assert all(probe.others == 0 for probe in result.probes)


@pytest.mark.parametrize("variant", [CLASSIC, SWISS], ids=str)
def test_what_finds_the_buffers_full_is_counted(
    variant: Variant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a small buffer that nobody reads meanwhile: received and lost add up to what the program did."""
    monkeypatch.setattr(perf_events, "_LARGEST", 64 << 10)
    with traced.running(Probed(tmp_path, variant).exe) as program:
        program.tell("gc 0")
        grown = []

        def busy() -> bool:
            grown.append(program.tell("small 5000")["MapGrow"])
            return True

        result = trace(str(program.pid), events=("map",), interrupted=busy)
    received = len(traced.rows(result, "map grow"))
    growths = next(probe for probe in result.probes if probe.event == "map grow" and "push" in probe.place)
    assert growths.lost > 0
    assert received + growths.lost == growths.hits == sum(grown)
    old = result.events.old_slots[traced.rows(result, "map grow")]
    assert set(old.tolist()) <= {8, -1}, "an old size that is not certain is not told"


def test_an_event_that_comes_too_often_loses_its_probe_and_others_go_on(probed: Probed) -> None:
    with traced.running(probed.exe) as program:
        tracing = traced.Tracing(program.pid, ("map", "gc"), rate=20.0)
        growth = next(at for at, place in enumerate(probed.places) if place.source.event == "map grow")
        assert until(lambda: probed.code(program.pid)[growth] == bytes([BREAKPOINT]), PATIENCE)
        told = 0

        def gone() -> bool:
            nonlocal told
            told += program.tell("small 500")["MapGrow"]
            return probed.code(program.pid)[growth] == probed.own[growth]

        assert until(gone, PATIENCE)
        program.tell("gc 2")
        result = tracing.end()
    stopped = {probe.event: probe.stopped_at_s is not None for probe in result.probes}
    assert stopped["map grow"]
    assert not stopped["gc start"]
    assert len(traced.rows(result, "gc start")) == 2
    assert 0 < len(traced.rows(result, "map grow", kind=SMALL)) <= told


def test_a_number_of_events_ends_it(probed: Probed) -> None:
    with traced.running(probed.exe) as program:
        tracing = traced.Tracing(program.pid, ("map",), count=70)
        program.tell("small 500")
        result = tracing.wait()
        assert probed.is_clean(program.pid)
    assert result.ending == "count"
    assert len(result.events) == 70


def test_other_processes_of_the_file_are_not_recorded(probed: Probed) -> None:
    with traced.running(probed.exe) as program, traced.running(probed.exe) as other:
        tracing = traced.Tracing(program.pid, ("map",))
        program.tell("small 10")
        other.tell("small 300")
        result = tracing.end()
    assert len(traced.rows(result, "map grow", kind=SMALL)) == 10
    assert sum(probe.others for probe in result.probes) >= 300


def test_what_holds_the_maps_is_named_where_it_is_asked_for(probed: Probed) -> None:
    with traced.running(probed.exe) as program:
        tracing = traced.Tracing(program.pid, ("map",), owners=True)
        said = program.tell("grow 100")
        result = tracing.end()
        assert goes_on(program)
    owners = {result.owners.get(int(addr, 16)) for addr in said["Maps"]}
    keys = ("int64", "int32", "string", "main.wide", "interface {}")
    assert owners == {f"main.kept[...].(map[{key}]int)" for key in keys}


@pytest.mark.parametrize("how", [{"pie": True, "ldflags": "-s -w"}, {"ldflags": "-s -w"}], ids=["pie", "fixed"])
@pytest.mark.parametrize("variant", [CLASSIC, SWISS], ids=str)
def test_stripped_programs(variant: Variant, how: dict[str, object]) -> None:
    with traced.running(traced.build(variant, **how)) as program:  # type: ignore[arg-type]
        tracing = traced.Tracing(program.pid)
        said = program.tell("grow 200")
        collected = program.tell("gc 2")
        result = tracing.end()
    assert len(traced.rows(result, "map grow", maps=said["Maps"])) == said["MapGrow"]
    assert len(traced.rows(result, "sweep done")) == collected["NumGC"]
    assert "map[string]int" in result.events.types
    assert result.zero == "program start"
    assert 0 < result.start_s < 600
