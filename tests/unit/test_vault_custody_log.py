"""The vault's log as people look at it: shown, verified against keys and anchors, exported, a clock vouched for."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from goxray import api_vault
from goxray.core.errors import BadLog, UsageError, WrongPassphrase
from goxray.vault.log.chain import ENTRIES, MARK
from goxray.vault.log.entry import Event
from tests.unit.custody_vaults import ID, House, ask, cut, quick_and_timed
from tests.unit.vault_logs import SECOND, HandClock, lines


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[HandClock]:
    with quick_and_timed(monkeypatch) as made:
        yield made


@pytest.fixture
def house(tmp_path: Path, clock: HandClock) -> House:
    return House(tmp_path / "vault", clock)


def test_entries_are_shown_as_they_stand_in_the_file(house: House) -> None:
    house.seal()
    shown = api_vault.log_show(house.place)
    assert (shown.log_id, shown.left_out, shown.fault) == (ID, 0, None)
    for entry, raw in zip(shown.entries, lines(house.place / "log"), strict=True):
        line = json.loads(raw)
        inner = line["entry"]
        assert (entry.sequence, entry.who, entry.what) == (inner["sequence"], inner["who"], inner["what"])
        assert (entry.result, entry.object, entry.digest) == (inner["result"], inner["object"], line["digest"])
        assert json.loads(entry.detail) == inner["detail"] and entry.at == inner["at"][:19] + "Z"
    last = api_vault.log_show(house.place, last=2)
    assert (last.entries, last.left_out) == (shown.entries[-2:], 4)
    assert api_vault.log_show(house.place, last=99) == shown
    with pytest.raises(UsageError):
        api_vault.log_show(house.place, last=-1)


def test_a_log_with_faults_is_shown_up_to_them(house: House) -> None:
    for number in range(4):
        house.log.append(Event("li", f"note-{number}"))
    entries = house.place / "log" / ENTRIES
    entries.write_bytes(entries.read_bytes().replace(b"note-2", b"note-9"))
    shown = api_vault.log_show(house.place)
    assert [entry.what for entry in shown.entries] == [
        "log-created",
        "key-new",
        "retention-policy",
        "log-head",
        "note-0",
        "note-1",
    ]
    assert shown.fault is not None and shown.fault.entry == 7 and "changed" in shown.fault.words
    last = api_vault.log_show(house.place, last=2)
    assert ([entry.what for entry in last.entries], last.left_out) == (["note-0", "note-1"], 4)


def test_what_verifying_finds_of_a_good_log(house: House) -> None:
    house.seal()
    house.log.append(Event("li", "note"))
    found = api_vault.log_verify(house.place)
    assert found.good and found.entries == 7
    assert (found.covered, found.heads, found.unknown_keys, found.torn) == (5, 2, (), 0)
    assert (found.last_at, found.steps, found.marks_lost) == ("2026-08-31T04:00:04Z", (), ())


def test_a_key_file_may_be_what_is_trusted(house: House, tmp_path: Path) -> None:
    pem = tmp_path / "owner.pem"
    pem.write_bytes(api_vault.keys_export(house.place, "owner"))
    for trust in (str(pem), "owner", house.key.key_id, house.key.key_id[:8]):
        assert api_vault.log_verify(house.place, trust=[trust]).covered == 3
    with pytest.raises(UsageError, match="no key is named"):
        api_vault.log_verify(house.place, trust=["nobody"])


def test_an_anchor_shows_what_was_cut_off_with_its_mark(house: House, tmp_path: Path) -> None:
    old = {name: (house.place / "log" / name).read_bytes() for name in (ENTRIES, MARK)}
    house.seal()
    anchor = tmp_path / "heads.json"
    anchor.write_bytes(api_vault.log_export(house.place))
    found = api_vault.log_verify(house.place, anchors=[anchor])
    assert found.good and (found.anchors_met, found.anchors_given) == (3, 3), "two heads and the last entry"
    for name, data in old.items():
        (house.place / "log" / name).write_bytes(data)
    assert api_vault.log_verify(house.place).good, "a true log, only an older one"
    found = api_vault.log_verify(house.place, anchors=[anchor])
    assert [(fault.kind, fault.entry, fault.last) for fault in found.faults] == [("truncated", 5, 5)]
    assert "an older copy was put in its place" in found.faults[0].words


def test_no_head_of_a_changed_log_is_exported(house: House) -> None:
    entries = house.place / "log" / ENTRIES
    entries.write_bytes(entries.read_bytes().replace(b'"who":"li"', b'"who":"wu"', 1))
    with pytest.raises(BadLog, match="no head of this log is exported: entry 1: changed"):
        api_vault.log_export(house.place)


def test_files_that_are_no_anchors(house: House, tmp_path: Path) -> None:
    file = tmp_path / "heads.json"
    with pytest.raises(UsageError, match="cannot read .*heads.json"):
        api_vault.log_verify(house.place, anchors=[file])
    for data in (b"", b"{}", b"\xff" * 9, api_vault.log_export(house.place)[:-9]):
        file.write_bytes(data)
        with pytest.raises(BadLog, match="heads.json: no anchor of a log"):
            api_vault.log_verify(house.place, anchors=[file])
    with pytest.raises((UsageError, BadLog)):
        api_vault.log_verify(house.place, anchors=[tmp_path])


def test_showing_and_verifying_write_nothing(house: House) -> None:
    house.seal()
    before = {path: path.read_bytes() for path in house.place.rglob("*") if path.is_file() and path.name != "lock"}
    for path in house.place.rglob("*"):
        path.chmod(0o500 if path.is_dir() else 0o400)
    house.place.chmod(0o500)
    try:
        api_vault.log_show(house.place)
        api_vault.log_verify(house.place)
        api_vault.log_export(house.place)
        api_vault.keys_list(house.place)
        api_vault.policy(house.place)
    finally:
        for path in [house.place, *house.place.rglob("*")]:
            path.chmod(0o700)
    assert before == {
        path: path.read_bytes() for path in house.place.rglob("*") if path.is_file() and path.name != "lock"
    }


def test_somebody_vouches_for_a_step_of_the_clock(house: House) -> None:
    house.clock.wall_ns += 7200 * SECOND
    house.log.append(Event("li", "note"), sign=True)
    refused = [
        (5, "", UsageError, "needs a reason"),
        (5, "w" * 2001, UsageError, "needs a reason"),
        (4, "a guess", UsageError, "the clock was not set before entry 4"),
        (99, "a guess", UsageError, "not set before entry 99"),
    ]
    for entry, why, kind, words in refused:
        with pytest.raises(kind, match=words) as caught:
            api_vault.log_accept_clock(house.place, entry, why, ask=ask)
    assert caught.value.hint == "it was before: 5"
    with pytest.raises(WrongPassphrase):
        api_vault.log_accept_clock(house.place, 5, "w", ask=lambda key: bytearray(b"another one"), who="eve")
    made = api_vault.log_accept_clock(house.place, 5, "NTP came back", ask=ask, who="wu")
    assert (made.who, made.what, made.result) == ("wu", "clock-accepted", "ok")
    assert json.loads(made.detail) == {
        "sequence": 5,
        "step": "the clock was set forward by 7200.0 s",
        "why": "NTP came back",
    }
    found = api_vault.log_verify(house.place)
    assert [(step.entry, step.by_s, step.certain, step.accepted) for step in found.steps] == [(5, 7200.0, True, True)]
    assert found.covered == made.sequence
    with pytest.raises(UsageError, match="is accepted already"):
        api_vault.log_accept_clock(house.place, 5, "again", ask=ask)
    assert [result for result, _ in house.words("clock-accepted")] == ["wrong-passphrase", "ok"]


def test_nobody_vouches_for_the_clock_of_a_changed_log(house: House) -> None:
    house.clock.wall_ns += 7200 * SECOND
    house.log.append(Event("li", "note"), sign=True)
    entries = house.place / "log" / ENTRIES
    entries.write_bytes(entries.read_bytes().replace(b'"months":6', b'"months":1', 1))
    with pytest.raises(BadLog, match="nobody can vouch for a log that is not whole: entry 3"):
        api_vault.log_accept_clock(house.place, 5, "w", ask=ask)


def test_an_unreadable_or_absent_log_is_one_line(house: House) -> None:
    entries = house.place / "log" / ENTRIES
    kept = entries.read_bytes()
    cut(entries, 0)
    found = api_vault.log_verify(house.place)
    assert [(fault.kind, fault.entry) for fault in found.faults] == [("truncated", 1)]
    assert api_vault.log_show(house.place).entries == ()
    os.unlink(entries)
    for act in (api_vault.log_show, api_vault.log_verify, api_vault.log_export, api_vault.policy):
        with pytest.raises(BadLog, match="cannot read the log"):
            act(house.place)
    entries.write_bytes(kept)
    assert api_vault.log_verify(house.place).good
