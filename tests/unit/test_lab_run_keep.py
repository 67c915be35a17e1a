"""Raw results on disk: whole trials come back, torn and damaged lines do not, and nothing that was kept is lost."""

from __future__ import annotations

import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from goxray.core.errors import UsageError
from goxray.core.lab_result import MachineInfo
from goxray.lab import keep
from goxray.lab.building import Built
from goxray.lab.keep import Header, Keeper, results_of
from goxray.lab.room import Stopped
from goxray.lab.trial import Printed, Process, Trial

MACHINE = MachineInfo("Linux 6.1 x86_64", "a CPU", 2, 1 << 30)
HEADER = Header("made", "ab" * 32, "1.23.9", "1.23", "/go", "quick", 7, MACHINE, "boot", "1.0", "2026-01-01T00:00:00")
BUILT = Built("main", True, "a\nwarning \u4e2d", "/x/program", {"compiled": 1.0, "build_s": 0.25})


def trial(number: int) -> Trial:
    printed = (Printed("a", "\u4e00", "bytes", number + 0.5, "bytes"), Printed("b", "", "n", 1e300, "1"))
    first = Process(("b", "a"), 0, 0.1, 0.2, 4096, 1000, printed, "out\x00\n", "err\ufffd")
    return Trial(number, (first, Process(("c",), 137, 2.0, 0.0, 0, 0, reason="timed-out", detail="too long")))


def write(keeper: Keeper, numbers: range, *, resume: bool = False) -> None:
    with keeper.held(resume=resume) as writer:
        writer.built(BUILT, ("main.main",))
        for number in numbers:
            writer.trial(trial(number))


def test_what_is_kept_comes_back_and_nobody_else_reads_it(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path, HEADER)
    write(keeper, range(3))
    section = keep.read(keeper.path)
    assert section is not None and section.header == HEADER
    assert section.trials == [trial(0), trial(1), trial(2)]
    assert section.builds == {"main": BUILT} and section.symbols == {"main": ("main.main",)}
    assert stat.S_IMODE(keeper.path.stat().st_mode) == 0o600


@pytest.mark.parametrize("cut", [1, 2, 40, 200])
def test_a_torn_last_line_is_not_counted_and_is_gone_after_the_next(tmp_path: Path, cut: int) -> None:
    keeper = Keeper(tmp_path, HEADER)
    write(keeper, range(3))
    keeper.path.write_bytes(keeper.path.read_bytes()[:-cut])
    before = keep.read(keeper.path)
    assert before is not None and before.trials == [trial(0), trial(1)]
    with keeper.held(resume=True) as writer:
        assert writer.section.trials == [trial(0), trial(1)]
        writer.trial(trial(2))
    after = keep.read(keeper.path)
    assert after is not None and after.trials == [trial(0), trial(1), trial(2)]
    assert keeper.path.read_bytes().endswith(b"\n")


def test_damaged_lines_in_between_cost_only_themselves(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path, HEADER)
    write(keeper, range(2))
    lines = keeper.path.read_bytes().split(b"\n")
    noise = [b"\xff\xfe", b"{", b"[]", b'"header"', b'{"trial":{}}', b'{"build":{"name":1}}', b"null", b""]
    keeper.path.write_bytes(b"\n".join([*lines[:2], *noise, *lines[2:]]))
    section = keep.read(keeper.path)
    assert section is not None and section.trials == [trial(0), trial(1)]


@pytest.mark.parametrize("header", [b'{"header":{}}', b'{"header":1}', b'{"header":{"experiment":"made","more":1}}'])
def test_trials_whose_header_cannot_be_read_are_nobodys(tmp_path: Path, header: bytes) -> None:
    keeper = Keeper(tmp_path, HEADER)
    write(keeper, range(2))
    lines = keeper.path.read_bytes().split(b"\n")
    keeper.path.write_bytes(b"\n".join([*lines[:-1], header, lines[1], lines[2], b""]))
    section = keep.read(keeper.path)
    assert section is not None and section.header == HEADER and section.trials == [trial(0), trial(1)]
    keeper.path.write_bytes(b"\n".join([header, *lines[1:]]))
    assert keep.read(keeper.path) is None
    keeper.path.write_bytes(b"\n".join(lines[1:]))
    assert keep.read(keeper.path) is None


def test_a_new_run_begins_a_section_and_resuming_goes_on_with_the_last(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path, HEADER)
    write(keeper, range(2))
    first = keeper.path.read_bytes()
    later = Keeper(tmp_path, replace(HEADER, seed=8))
    write(later, range(1))
    with Keeper(tmp_path, replace(HEADER, seed=9)).held(resume=True) as writer:
        assert writer.section.header.seed == 8, "the order of the arms stays that of the run that is gone on with"
        writer.trial(trial(1))
        writer.finish()
    section = keep.read(keeper.path)
    assert section is not None and section.finished and section.trials == [trial(0), trial(1)]
    whole = keeper.path.read_bytes()
    with keeper.held(resume=True) as writer:
        writer.built(BUILT, ("main.main",))
        writer.finish()
    assert keeper.path.read_bytes() == whole, "going on with what has ended adds nothing"
    assert keeper.path.read_bytes().startswith(first), "what was kept before is still there"


def test_a_run_that_was_killed_before_its_first_trial_hides_nothing(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path, HEADER)
    write(keeper, range(2))
    with keeper.held(resume=False):
        pass
    section = keep.read(keeper.path)
    assert section is not None and section.trials == [trial(0), trial(1)]


def test_other_sources_machines_and_modes_are_kept_apart(tmp_path: Path) -> None:
    others = [
        replace(HEADER, source_sha256="cd" * 32), replace(HEADER, mode="thorough"),
        replace(HEADER, go_version="1.27.3"),
        replace(HEADER, machine=replace(MACHINE, cpu="another")), replace(HEADER, machine=replace(MACHINE, kernel="7")),
    ]  # fmt: skip
    paths = {Keeper(tmp_path, each).path for each in (HEADER, *others)}
    assert len(paths) == 6
    for each in (HEADER, *others):
        write(Keeper(tmp_path, each), range(1))
    found = [each.header for each in results_of(tmp_path, "made", HEADER.source_sha256)]
    assert len(found) == 5 and others[0] not in found
    noisier = replace(HEADER, machine=replace(MACHINE, noise=0.5), boot="another", started="later")
    assert Keeper(tmp_path, noisier).path == Keeper(tmp_path, HEADER).path


def test_a_second_run_of_the_same_waits_and_can_be_interrupted(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path, HEADER)
    waits = threading.Event()
    done = threading.Event()

    def stopping() -> bool:
        waits.set()
        return False

    def second() -> None:
        with Keeper(tmp_path, HEADER).held(resume=True, stopping=stopping) as writer:
            assert len(writer.section.trials) == 1
        done.set()

    thread = threading.Thread(target=second)
    with keeper.held(resume=False) as writer:
        thread.start()
        assert waits.wait(60) and not done.is_set()
        writer.trial(trial(0))
        with pytest.raises(Stopped), Keeper(tmp_path, HEADER).held(resume=True, stopping=lambda: True):
            pass
    thread.join(60)
    assert done.is_set()


def test_a_large_file_is_set_aside_not_grown_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keep, "_ROTATE", 100)
    keeper = Keeper(tmp_path, HEADER)
    write(keeper, range(2))
    old = keeper.path.read_bytes()
    write(keeper, range(2, 3), resume=True)
    assert keeper.path.read_bytes().startswith(old), "a run that is gone on with stays in one file"
    write(keeper, range(0))
    assert keeper.path.with_suffix(".old").read_bytes().startswith(old)
    keeper.path.write_bytes(keeper.path.read_bytes().split(b"\n")[0] + b"\n")
    section = keep.read(keeper.path)
    assert section is not None and len(section.trials) == 3, "a run that was killed at once hides nothing"


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "made").write_text("a file")
    with pytest.raises(UsageError, match="cannot write"), Keeper(tmp_path, HEADER).held(resume=False):
        pass
