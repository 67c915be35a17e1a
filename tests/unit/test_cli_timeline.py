"""``goxray timeline`` at the command line: what files are taken for, what is refused and how, a real run joined."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from click.testing import CliRunner, Result
from phases_samples import dropped
from trace_samples import trace_result
from watch_samples import recording

from goxray import api
from goxray.core.errors import GoxrayError
from goxray.core.timeline_result import Timeline
from goxray.render import write
from goxray.render.options import RenderOptions
from goxray.timeline import stored
from goxray.timeline.recognise import UnknownSource, recognise
from goxray.timeline.uprobes.axis import timeline_of
from goxray.ui.cli.main import main

REPO = Path(__file__).parents[2]
CORPUS = REPO / "tests" / "corpus"
RUN = CORPUS / "joined"
SCHEMA = json.loads((REPO / "docs/schema/goxray.timeline-1.json").read_text(encoding="utf-8"))
FILES = ("gc.log", "watch.json", "trace.out", "heap.pb.gz", "metrics.jsonl")


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS", "GOXRAY_LANG", "GOXRAY_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    for name in (*FILES, "truth.json"):
        shutil.copy(RUN / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "140"}).invoke(main, ["timeline", *arguments])


def told(*arguments: str) -> dict[str, Any]:
    done = run(*arguments, "--format", "json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def wall_at_zero() -> float:
    """Return the wall clock at the runtime's zero, from what the program and gctrace know of the same collections."""
    truth = json.loads(Path("truth.json").read_text())
    log = api.gc_read("gc.log").timelines[0]
    ends = [each.end_s for each in log.intervals if each.name == "cycle"]
    assert len(ends) == truth["num_gc"]
    return float(np.median(np.array(truth["pause_ends"]) / 1e9 - np.array(ends)))


# --- a real run -------------------------------------------------------------------------------------------------------


def test_sources_of_one_process_find_each_other() -> None:
    found = told(*FILES)
    jsonschema.validate(found, SCHEMA)
    of = {source["path"]: source for source in found["sources"]}
    assert [of[name]["process"] for name in ("gc.log", "watch.json", "trace.out")] == [0, 0, 0]
    assert (of["watch.json"]["identity"], of["watch.json"]["aligned"]) == ("cycles", "program start")
    assert (of["trace.out"]["identity"], of["trace.out"]["aligned"]) == ("cycles", "cycle times")
    assert of["heap.pb.gz"]["identity"] == of["metrics.jsonl"]["identity"] == "own"
    assert "joined (pid " in found["processes"][0]["process"]
    # The trace began when the program says, give or take what it takes to start one.
    truth = json.loads(Path("truth.json").read_text())
    began = truth["clock"]["trace"] - wall_at_zero()
    assert of["trace.out"]["shift_s"] == pytest.approx(began, abs=0.01)
    # Each of the trace's collections coincides with one of the log's.
    intervals = found["processes"][0]["intervals"]
    cycles = {
        source: np.array([each["end_s"] for each in intervals if each["name"] == "cycle" and each["source"] == source])
        for source in ("gctrace", "exec trace")
    }
    apart = np.abs(cycles["exec trace"][:, None] - cycles["gctrace"][None, :]).min(axis=1)
    assert len(apart) == 10 and apart.max() < 0.0025


def test_what_only_the_caller_knows_is_taken_from_the_caller() -> None:
    found = told(*FILES, "--same-process")
    assert len(found["processes"]) == 1 and found["notes"] == []
    of = {source["path"]: source for source in found["sources"]}
    truth = json.loads(Path("truth.json").read_text())
    assert of["heap.pb.gz"]["aligned"] == "wall clock"
    taken = truth["clock"]["profile"] - wall_at_zero()
    assert of["heap.pb.gz"]["shift_s"] == pytest.approx(taken, abs=0.02)
    assert of["metrics.jsonl"]["shift_s"] == pytest.approx(truth["clock"]["trace"] - wall_at_zero(), abs=0.02)
    offset = told("gc.log", "heap.pb.gz", "--same-process", "--offset", "heap.pb.gz=4.25")
    assert [(s["aligned"], s["shift_s"]) for s in offset["sources"]] == [("first", 0.0), ("given", 4.25)]


def test_its_own_json_is_a_source_too() -> None:
    first = run("gc.log", "trace.out", "-o", "joined.json")
    assert first.exit_code == 0, first.output
    again = told("joined.json", "watch.json")
    assert len(again["processes"]) == 1
    assert [source["kind"] for source in again["sources"]] == ["goxray.timeline/1", "goxray.watch/1"]
    before = json.loads(Path("joined.json").read_text())
    assert [each for each in again["processes"][0]["intervals"] if each["source"] != "counters"] == (
        before["processes"][0]["intervals"]
    )


@pytest.mark.parametrize("name", ["t.html", "t.trace.json", "t.csv", "t.parquet", "t.json"])
def test_files_are_written_by_their_names(name: str) -> None:
    done = run("gc.log", "-o", name)
    assert done.exit_code == 0, done.output
    head = Path(name).read_bytes()[:200]
    begins = {"html": b"<!doctype html>", "json": b"{", "csv": b'"process","kind"', "parquet": b"PAR1"}
    assert head.startswith(begins[name.rpartition(".")[2]])
    assert stat.S_IMODE(Path(name).stat().st_mode) == 0o600
    if name == "t.trace.json":
        assert b'"displayTimeUnit"' in head


def test_the_table_says_how_each_source_was_joined() -> None:
    text = run(*FILES).stdout
    assert "10 collections by time" in text and "the program's start; collections coincide" in text
    assert "Nothing tells that heap.pb.gz is of a process that another source tells of" in text
    zh = run(*FILES, "--lang", "zh").stdout
    assert "10 次 GC 的时刻" in zh and "无从得知 heap.pb.gz 与其他来源属于同一进程" in zh


def test_lines_that_were_set_aside_are_spoken_of() -> None:
    lines = Path("gc.log").read_text().splitlines()
    lines[9] = lines[9][:40] + " listening on :8080"
    Path("torn.log").write_text("\n".join(lines) + "\n")
    assert "Lines of torn.log that could not be read for certain: 1." in " ".join(run("torn.log").stdout.split())
    assert "torn.log 中无法确切解读的行：1。" in run("torn.log", "--lang", "zh").stdout
    assert "could not be read" not in run("gc.log").stdout


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "status", "about"),
    [
        ((), 2, "Missing argument 'SOURCE...'"),
        (("none.log",), 3, "cannot read none.log: No such file or directory"),
        ((".",), 3, "cannot read .: Is a directory"),
        (("empty",), 3, "empty is empty"),
        (("notes.txt",), 3, "notes.txt: nothing in it tells of a Go process over time"),
        (("maps.json",), 3, "maps.json is goxray.maps/1, which tells of no process over time"),
        (("cut.json",), 3, "cut.json is not as its schema says"),
        (("less.json",), 3, "less.json is not as its schema says: 'cycles' is missing"),
        (("old.out",), 3, "1.21"),
        (("gc.log", "gc.log"), 2, "gc.log is given twice"),
        (("gc.log", "--offset", "gc.log"), 2, "'gc.log' is no FILE=SECONDS"),
        (("gc.log", "--offset", "gc.log=soon"), 2, "'gc.log=soon' is no FILE=SECONDS"),
        (("gc.log", "--offset", "gc.log=nan"), 2, "'gc.log=nan' is no FILE=SECONDS"),
        (("gc.log", "--offset", "other=1"), 2, "--offset names other, which is none of the sources"),
        (("two.log", "trace.out", "--same-process"), 2, "two.log tells of 2 processes"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_one_line(arguments: tuple[str, ...], status: int, about: str) -> None:
    Path("empty").write_bytes(b"")
    Path("notes.txt").write_text("gc is a nice thing\n" * 10)
    Path("maps.json").write_text('{"schema": "goxray.maps/1", "rows": []}')
    Path("cut.json").write_text(Path("watch.json").read_text()[:9000])
    whole = json.loads(Path("watch.json").read_text())
    Path("less.json").write_text(json.dumps({name: value for name, value in whole.items() if name != "cycles"}))
    Path("old.out").write_bytes(b"go 1.21 trace\x00\x00\x00" + b"\x00" * 100)
    lines = Path("gc.log").read_text().splitlines()
    Path("two.log").write_text("\n".join(f"{name} | {line}" for line in lines for name in ("a", "b")) + "\n")
    done = run(*arguments)
    assert done.exit_code == status, done.output
    message = done.stderr.splitlines()
    assert about in message[0] and len(message) <= 2, done.stderr


# --- what a file is ---------------------------------------------------------------------------------------------------


def test_files_are_known_by_what_is_in_them(tmp_path: Path) -> None:
    for name, kind in zip(
        FILES, ("gctrace log", "goxray.watch/1", "execution trace", "pprof profile", "runtime/metrics"), strict=True
    ):
        other = tmp_path / f"{name}.renamed"
        shutil.copy(name, other)
        assert recognise(str(other)) == kind
    for log in sorted((CORPUS / "gctrace").glob("*.log"))[:30]:
        assert recognise(str(log)) == "gctrace log", log.name
    text = "x" * 200_000 + "\n" + Path("gc.log").read_text()
    for name, data in (
        ("late.log", text.encode()), ("late.log.gz", gzip.compress(text.encode())),
        ("blank.log", b"\n\n" + Path("gc.log").read_bytes()), ("wide.log", Path("gc.log").read_text().encode("utf-16")),
    ):  # fmt: skip
        (tmp_path / name).write_bytes(data)
        assert recognise(name) == "gctrace log", name
        assert len(api.timeline([name]).timelines[0].intervals) > 100
    plain = gzip.decompress(Path("heap.pb.gz").read_bytes())
    (tmp_path / "heap.pb").write_bytes(plain)
    assert recognise("heap.pb") == "pprof profile"
    (tmp_path / "heap.txt").write_text("heap profile: 0: 0 [1: 2] @ heap/1048576\n")
    assert recognise("heap.txt") == "pprof profile"
    (tmp_path / "vars.json").write_text('{"cmdline": ["x"], "memstats": {"HeapAlloc": 1, "NumGC": 2}}')
    assert recognise("vars.json") == "expvar"


def test_a_damaged_gzip_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "bad.gz").write_bytes(b"\x1f\x8b\x08\x00" + b"\xff" * 40)
    with pytest.raises(UnknownSource, match="packed by gzip and damaged"):
        recognise("bad.gz")


@pytest.mark.parametrize("cut", range(1, 40, 3))
def test_a_file_that_is_cut_off_anywhere_ends_in_a_clear_error_or_a_result(cut: int) -> None:
    for name in FILES:
        whole = Path(name).read_bytes()
        Path("cut").write_bytes(whole[: len(whole) * cut // 40])
        try:
            api.timeline(["cut"])
        except GoxrayError as error:
            assert str(error) and "\n" not in str(error)


# --- goxray's own JSON ------------------------------------------------------------------------------------------------


def same(one: Timeline, other: Timeline) -> None:
    assert (one.zero, one.zero_unix_s) == (other.zero, other.zero_unix_s)
    assert one.intervals == other.intervals and one.moments == other.moments
    for mine, theirs in zip(one.series, other.series, strict=True):
        assert (mine.name, mine.unit, mine.source, mine.holds) == (
            theirs.name,
            theirs.unit,
            theirs.source,
            theirs.holds,
        )
        np.testing.assert_allclose(mine.t_s, theirs.t_s, rtol=0, atol=1e-9)
        np.testing.assert_allclose(mine.values, theirs.values, rtol=1e-12)


def written(result: Any, command: str) -> str:
    out = io.BytesIO()
    write(result, "json", out, RenderOptions(), command)
    Path("own.json").write_bytes(out.getvalue())
    return "own.json"


def test_a_recording_comes_back_as_it_was() -> None:
    result = recording()
    (found,) = stored.read(written(result, "watch"))
    same(found.timeline, result.timelines[0])
    assert found.pid == 4242


def test_the_stamp_of_what_nobody_has_verified_is_kept() -> None:
    name = written(replace(recording(), unverified=True), "watch")
    assert stored.read(name)[0].timeline.notes[0] == "UNVERIFIED: nobody has checked the layout of go1.27.3"
    assert "UNVERIFIED: nobody has checked the layout of go1.27.3" in run(name).stdout
    out = io.BytesIO()
    write(replace(recording(), unverified=True), "html", out, RenderOptions(), "watch")
    assert 'class="stamp"' in out.getvalue().decode() and 'brand">goxray <span>gc watch' in out.getvalue().decode()
    out = io.BytesIO()
    write(replace(recording(), unverified=True), "perfetto", out, RenderOptions(), "watch")
    assert json.loads(out.getvalue())["otherData"]["unverified"] is True


def test_a_trace_comes_back_as_it_was() -> None:
    result = trace_result()
    (found,) = stored.read(written(result, "trace"))
    wanted = timeline_of(
        "x", result.events, result.owners, zero=result.zero, zero_unix_s=1.5e9, numbered=result.from_start
    )
    assert result.from_start and result.timelines[0].zero_unix_s == 1.5e9
    same(found.timeline, wanted)
    assert found.pid == 4242 and len(wanted.moments) == len(result.events)


@pytest.mark.parametrize("log", ["hand-go1.5.log", "go1.12.17.log", "go1.18.10.log", "go1.27.3.log"])
def test_a_log_comes_back_as_it_was(log: str) -> None:
    result = api.gc_read(str(CORPUS / "gctrace" / log))
    found = stored.read(written(result, "gctrace"))
    assert len(found) == len(result.timelines) > 0
    for each, timeline in zip(found, result.timelines, strict=True):
        same(each.timeline, timeline)


def test_a_map_s_phases_come_back_but_for_the_figures_over_time() -> None:
    result = dropped()
    (found,) = stored.read(written(result, "phases"))
    timeline = found.timeline
    assert found.pid == result.target.pid and timeline.zero == result.timelines[0].zero
    cycles = [(each.detail["n"], each.start_s, each.end_s) for each in timeline.intervals if each.track == "gc"]
    assert cycles == [(each.n, each.start_s, each.end_s) for each in result.cycles if each.end_s is not None]
    windows = [(each.name, each.start_s, each.end_s) for each in timeline.intervals if each.track == "map"]
    wanted = [w for each in result.generations for w in each.windows if not w.name.startswith("until")]
    assert windows == [(each.name, each.start_s, each.end_s) for each in wanted]
    events = sorted(each.at_s for generation in result.generations for each in generation.events)
    assert [each.at_s for each in timeline.moments] == events
    assert result.map is not None and {each.detail["owner"] for each in timeline.moments} == {result.map.owner}
