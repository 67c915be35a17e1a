"""``goxray gc phases`` as a user runs it: a process, a command, its streams, its end."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from goxray import api_phases
from goxray.timeline.phases.child import environment, status
from tests.harness import programs
from tests.harness.phases_run import Partner, watch
from tests.harness.variants import CLASSIC, SWISS, Variant

pytestmark = pytest.mark.xdist_group("phases-command")

SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "goxray.phases-1.json"
GOXRAY = [sys.executable, "-m", "goxray", "gc", "phases"]


@pytest.fixture(scope="module")
def exe() -> Path:
    return programs.build("phases", programs.Build(SWISS))


@pytest.fixture
def waiting(exe: Path, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The program, before its step ``drop``; it goes on for each line written to the descriptor."""
    say, hear = tmp_path / "say", tmp_path / "hear"
    os.mkfifo(say)
    os.mkfifo(hear)
    said, go = os.open(say, os.O_RDWR), os.open(hear, os.O_RDWR)
    process = subprocess.Popen([exe, say, hear, "drop", "return"])
    os.read(said, 100)
    yield process, go
    process.kill()
    process.wait()
    os.close(said)
    os.close(go)


def run(*arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*GOXRAY, *arguments], capture_output=True, text=True, timeout=60, **more)


def test_ctrl_c_shows_what_was_seen(waiting: tuple[subprocess.Popen[bytes], int], tmp_path: Path) -> None:
    process, _ = waiting
    out = tmp_path / "phases.json"
    watcher = subprocess.Popen(
        [*GOXRAY, "--pid", str(process.pid), "--map", "main.m", "-o", str(out)], stderr=subprocess.PIPE, text=True
    )
    descriptors = Path(f"/proc/{watcher.pid}/fd")
    while watcher.poll() is None and not _reads_pages(descriptors):
        time.sleep(0.02)
    watcher.send_signal(signal.SIGINT)
    assert watcher.wait(60) == 0, watcher.stderr.read() if watcher.stderr else ""
    document = json.loads(out.read_text())
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(document)
    assert document["ended"] == "stopped"
    assert document["map"]["owner"] == "main.m"
    assert document["map"]["entries"] == 60_000
    assert process.poll() is None


def _reads_pages(descriptors: Path) -> bool:
    """Whether the watch has begun: it has pagemap open."""
    with contextlib.suppress(OSError):
        return any(os.readlink(each).endswith("/pagemap") for each in descriptors.iterdir())
    return False


def test_the_watch_of_a_process_ends_with_its_story(exe: Path, tmp_path: Path) -> None:
    partner = Partner(tmp_path)
    process = subprocess.Popen([exe, *partner.arguments, "return"])
    result = api_phases.phases(str(process.pid), which="main.m", stop=partner)
    assert result.exit_code is None
    left = result.generations[-1].event("out of rss") is not None  # FreeOSMemory does not always take all of it
    assert result.ended == ("complete" if left else "target ended")
    if left:
        assert process.poll() is None
        process.kill()
    process.wait(timeout=60)  # its memory is gone before it can be waited for
    partner.close()


def test_a_command_keeps_its_streams_and_its_status(exe: Path, tmp_path: Path) -> None:
    """It ends with 3 where it is not told to go on; goxray says so, and the report is on standard error."""
    say, hear = tmp_path / "say", tmp_path / "hear"
    os.mkfifo(say)
    os.mkfifo(hear)
    said = os.open(say, os.O_RDWR)
    writer = subprocess.Popen(["sh", "-c", 'exec 3>"$0"', hear])  # waits for the program to listen, and says nothing
    done = run("--map", "main.m", "--", str(exe), str(say), str(hear), "drop")
    writer.wait()
    os.close(said)
    assert done.returncode == 3
    assert done.stdout == ""
    assert "goxray gc phases" in done.stderr
    assert "exit status of the command  3" in done.stderr


def test_a_signal_gives_the_shells_status() -> None:
    assert status(-signal.SIGKILL) == 137
    assert status(5) == 5


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "one of them"),
        (["--pid", "1", "--", "true"], "one of them"),
        (["--", "/no/such/program"], "cannot run"),
        (["--", "sleep", "60"], "Go"),
        (["--pid", "999999999"], "no process"),
        (["--pid", "x"], "x"),
        (["--pid", "1", "--map", "0xzz"], "not an address"),
        (["--pid", "1", "--interval", "5s"], "no interval"),
        (["--pid", "1", "--for", "soon"], "no length of time"),
    ],
)
def test_bad_input_gives_one_clear_line(arguments: list[str], said: str) -> None:
    done = run(*arguments)
    assert done.returncode in (2, 3)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_no_such_map_is_a_partial_answer(waiting: tuple[subprocess.Popen[bytes], int]) -> None:
    process, _ = waiting
    done = run("--pid", str(process.pid), "--map", "main.nothing", "--for", "0.3", "--format", "json")
    assert done.returncode == 4
    assert json.loads(done.stdout)["ended"] == "no map"


def test_a_map_is_chosen_by_size_owner_type_or_address(waiting: tuple[subprocess.Popen[bytes], int]) -> None:
    process, _ = waiting
    first = api_phases.phases(str(process.pid), which="main.m", seconds=0.05).map
    assert first is not None
    for which in (None, "main.table", hex(first.addr)):
        result = api_phases.phases(str(process.pid), which=which, seconds=0.05)
        found = result.map
        assert found is not None
        assert (found.owner, found.type, found.addr, found.entries) == ("main.m", "main.table", first.addr, 60_000)
        assert found.bytes == first.bytes
        assert result.ended == "time"
    assert api_phases.phases(str(process.pid), seconds=0.05, min_bytes=1 << 40).ended == "no map"
    assert api_phases.phases(str(process.pid), which="0x1230", seconds=0.05).ended == "no map"


def test_godebug_of_the_user_stays() -> None:
    made = environment("release", {"GODEBUG": "gctrace=1,madvdontneed=0", "HOME": "/x"})
    assert made == {"GODEBUG": "gctrace=1,madvdontneed=0,gcstoptheworld=2,madvdontneed=1", "HOME": "/x"}
    assert environment("all", {"A": "b"}) == {"A": "b"}
    assert environment("assign", {"GOGC": "50"}) == {"GOGC": "off", "GOMEMLIMIT": "off"}


@pytest.mark.parametrize("variant", [CLASSIC, SWISS], ids=str)
def test_release_alone_leaves_nothing_of_the_sweep_to_others(variant: Variant, tmp_path: Path) -> None:
    watched = watch(variant, tmp_path, "drop", "return", only="release")
    result = watched.result
    assert [phase.name for phase in result.phases] == ["release"]
    generation = watched.result.generations[-1]
    assert {event.name for event in generation.events} <= {"mark end", "reusable", "reused", "scavenged", "out of rss"}
    assert result.environment == {"GODEBUG": "gcstoptheworld=2,madvdontneed=1"}


@pytest.mark.parametrize("variant", [CLASSIC, SWISS], ids=str)
def test_memory_given_back_lazily_stays_in_rss_with_gc_alone(variant: Variant, tmp_path: Path) -> None:
    """madvdontneed=0: what the heap gives back is the OS's to take, and counts as resident until then."""
    watched = watch(variant, tmp_path, "return", only="gc")
    result = watched.result
    assert [phase.name for phase in result.phases] == ["gc"]
    generation = result.generations[-1]
    assert generation.bytes.scavenged > generation.bytes.blocks // 2
    assert generation.bytes.resident > generation.bytes.blocks // 2
    assert generation.outcome == "scavenged"


def test_assign_alone_meets_no_cycle_but_the_programs_own(tmp_path: Path) -> None:
    watched = watch(SWISS, tmp_path, "grown", only="assign")
    result = watched.result
    assert result.settings == {"gogc": -1, "memory_limit": (1 << 63) - 1}
    assert all(cycle.forced for cycle in result.cycles)
    (assign,) = result.phases
    assert assign.figures["entries_added"] > 0
    assert assign.others["cycles"] == 0


@pytest.mark.parametrize("variant", [CLASSIC, SWISS], ids=str)
def test_a_map_that_hangs_on_another_is_followed_up_to_the_variable(variant: Variant, tmp_path: Path) -> None:
    watched = watch(variant, tmp_path, "nested", which="main.nests[...].inner")
    record = watched.records["nested"]
    generation = watched.generation("nested", "dropped")
    assert generation.entries_before == 60_000
    window = generation.window("until reusable")
    assert window is not None
    measured = record["freed_gc"] - record["act_gc"][0]
    assert (window.cycles_least, window.cycles) == (measured, measured) == (1, 1)
    event = generation.event("reusable")
    assert event is not None and watched.overlap(event, *record["freed"])
    assert generation.parts.get("groups", 0) + generation.parts.get("buckets", 0) == record["large"]


@pytest.mark.parametrize("variant", [CLASSIC, SWISS], ids=str)
def test_a_map_that_only_a_stack_holds_is_found_dead(variant: Variant, tmp_path: Path) -> None:
    """Its header lies on the stack as well: what the collector does with its arrays tells of its end.

    It is looked for once it is large: the stack may still move while the map is small, and the header with it.
    """
    watched = watch(variant, tmp_path, "local", which="map[int32][40]uint8", min_bytes=1 << 20)
    record = watched.records["local"]
    (note,) = watched.result.notes
    assert note.startswith("only stacks or registers hold the map (goroutine 1: main.local (stack))")
    generation = watched.generation("local", "found dead")
    assert "header" not in generation.parts
    event = generation.event("let go")
    assert event is not None and event.source == "inferred"
    assert generation.found_dead_least is not None and generation.found_dead_by is not None
    assert generation.found_dead_least <= record["freed_gc"] <= generation.found_dead_by


def test_the_partner_answers_only_after_looks(tmp_path: Path) -> None:
    partner = Partner(tmp_path)
    writer = os.open(partner.arguments[0], os.O_WRONLY)
    reader = os.open(partner.arguments[1], os.O_RDONLY | os.O_NONBLOCK)
    os.write(writer, b"ready\n")
    for _ in range(5):
        partner()
    with pytest.raises(BlockingIOError):
        os.read(reader, 1)
    for _ in range(40):
        partner()
    assert os.read(reader, 10) == b"\n"
    os.write(writer, b"find 60000\n")
    for text in ("watching main.m: 6,000 entries, 1 MB", "watching main.m: 60,000 entries, 9 MB"):
        for _ in range(300):
            with pytest.raises(BlockingIOError):
                os.read(reader, 1)
            partner()
        partner.told(text, 0.0)
    for _ in range(300):
        partner()
    assert os.read(reader, 10) == b"\n"
    partner.close()
    os.close(writer)
    os.close(reader)
