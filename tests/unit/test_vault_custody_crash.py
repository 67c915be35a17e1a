"""Killed at every step of sealing, and several at once: the vault verifies, the next one seals, nothing is half."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

import pytest

from goxray import api_vault
from goxray.vault import keys
from goxray.vault.log.chain import Appended, Log
from goxray.vault.log.entry import Event
from tests.unit.custody_deeds import WHO, Doom, Home, ask, die, forked, front_digest

CONTENT = os.urandom(3 << 20)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "ROUNDS", 1000)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.made(tmp_path)


def _seal_doomed(home: Home, source: Path, step: int) -> int:
    def work() -> None:
        Doom(step).come()
        api_vault.seal(home.vault, source, ask=ask, who=WHO)

    return forked(work)


def test_killed_at_each_step(home: Home) -> None:
    """Before the next one seals, at most a whole stranger is there; it is taken up then, and all is as if told."""
    source = home.file("big.bin", CONTENT)
    step, strangers, seen = 0, 0, set()
    while True:
        step += 1
        ended = _seal_doomed(home, source, step)
        assert ended in (0, -9) and step < 60, (ended, step)
        kinds = [kind for kind, _ in home.wrong()]
        assert kinds in ([], ["stranger"]), (step, kinds)
        strangers += len(kinds)
        seen |= {name for name in home.standing() if not name.endswith(".goxs")}
        if ended == 0:
            break
        if kinds:
            home.sealed("next", b"next")
            assert home.wrong() == [], step
    assert step > 8 and strangers >= 1 and not seen
    adopted = [each for each in home.entries("seal") if each.event.detail.get("adopted")]
    assert len(adopted) == strangers
    for entry in adopted:
        bundle = str(entry.event.detail["id"])
        assert entry.event.object == front_digest(home.path(bundle))
        assert home.opened(bundle, bundle) == CONTENT
    assert {row.state for row in api_vault.list_(home.vault).bundles} == {"kept"}


def test_a_stranger_that_is_not_whole_is_not_taken_up_and_told_once(home: Home) -> None:
    kept = home.sealed("kept", CONTENT)
    stranger = home.beside / "copy"
    other = Home(stranger, home.beside)
    os.rename(home.vault, stranger)
    stranger = other.vault
    made = other.sealed("x", CONTENT)
    data = bytearray(other.path(made).read_bytes())
    data[-1500] ^= 1
    other.path(made).write_bytes(data)
    log = stranger / "log"
    assert kept in {row.id for row in api_vault.list_(stranger).bundles}
    entries = (log / "entries.jsonl").read_bytes().splitlines(keepends=True)
    assert made in entries[-2].decode()
    # A log that ends before that bundle was told of, as if its writer had been killed there.
    for name in ("entries.jsonl", "mark"):
        (log / name).unlink()
    lines = [line for line in entries if made not in line.decode()][: len(entries) - 2]
    (log / "entries.jsonl").write_bytes(b"".join(lines))
    for number in range(2):
        other.sealed(f"next{number}", b"next")
    told = other.entries("seal-adopt")
    assert [(each.event.result, each.event.detail["id"]) for each in told] == [("not-authentic", made)]
    states = {row.id: row.state for row in api_vault.list_(other.vault).bundles}
    assert (states[kept], states[made]) == ("kept", "stranger")


def test_what_somebody_else_signed_is_not_taken_up(home: Home, tmp_path: Path) -> None:
    (tmp_path / "o").mkdir()
    other = Home.made(tmp_path / "o")
    api_vault.keys_add(home.vault, "friend", home.file("f.pem", api_vault.keys_export(other.vault, "owner")))
    theirs = other.sealed()
    home.path(theirs).write_bytes(other.path(theirs).read_bytes())
    home.sealed()
    assert home.wrong() == [("stranger", theirs)]
    assert home.entries("seal-adopt") == []


def test_two_processes_seal_at_once(home: Home) -> None:
    source = home.file("big.bin", CONTENT)
    children = []
    for number in range(3):
        child = os.fork()
        if not child:
            code = 70
            try:
                for _ in range(3):
                    api_vault.seal(home.vault, source, ask=ask, who=f"writer {number}")
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0, 0]
    entries = home.entries("seal")
    assert sorted(each.event.who for each in entries) == sorted(f"writer {n}" for n in range(3) for _ in range(3))
    assert not any(each.event.detail.get("adopted") for each in entries)
    assert home.wrong() == []


def test_where_no_file_can_be_nameless_the_dead_are_swept_and_the_living_left(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    def without(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(errno.EOPNOTSUPP, "not supported")
        return opened(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", without)
    source = home.file("big.bin", CONTENT)
    assert forked(lambda: _die_while_sealing(home, source)) == -9
    (dead,) = home.standing()
    assert dead.startswith(".") and dead.endswith(".part")
    assert home.wrong() == []
    home.sealed("one")
    assert dead in home.standing(), "its writer may have just begun"
    os.utime(home.vault / "bundles" / dead, (1, 1))
    with open(home.vault / "bundles" / dead, "rb") as living:
        fcntl.flock(living, fcntl.LOCK_EX)
        home.sealed("two")
        assert dead in home.standing(), "its writer is at it"
    home.sealed("three")
    assert [name for name in home.standing() if name.startswith(".")] == []
    assert home.wrong() == []


def _die_while_sealing(home: Home, source: Path) -> None:
    Doom(1, "fsync").come()
    api_vault.seal(home.vault, source, ask=ask)


def test_a_command_killed_while_it_writes_leaves_nothing(home: Home) -> None:
    def work() -> None:
        with api_vault.sealing(home.vault, ask=ask, name="a", kind="report") as made:
            made.sink.write(CONTENT)
            made.sink.flush()
            die()

    assert forked(work) == -9
    assert home.standing() == []
    assert home.wrong() == []
    assert home.opened(home.sealed(), "again") == b"evidence"


def test_an_entry_that_was_written_keeps_its_bundle(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log's writer fails behind its entry (a full disk at the head, say): the bundle stays, the log has it."""
    append = Log.append

    def fails_late(self: Log, event: Event, *, sign: bool = False) -> Appended:
        done = append(self, event, sign=sign)
        if event.what == "seal":
            raise KeyboardInterrupt
        return done

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Log, "append", fails_late)
        home.sealed()
    assert len(home.standing()) == 1
    assert home.wrong() == []
