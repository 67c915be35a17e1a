"""The vault's log: what it writes, who may write it at once, and how the clock is watched."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest
from gmalg import SM3

from goxray.core.errors import BadLog, UsageError
from goxray.vault import canonical, clock
from goxray.vault.clock import Reading, Step
from goxray.vault.log.chain import ENTRIES, Log
from goxray.vault.log.entry import CREATED, HEAD, MAX_LINE, Event
from goxray.vault.log.verify import Stepped, verify
from tests.unit.vault_logs import SECOND, START_NS, HandClock, PeerKey, entries, event, filled


def peer_digest(*parts: bytes) -> str:
    made = SM3()
    for part in parts:
        made.update(part)
    return str(made.value().hex())


def test_the_chain_by_another_implementation(tmp_path: Path) -> None:
    """Read with json and gmalg alone, as somebody would who has not goxray."""
    filled(tmp_path / "log", 3)
    raws = (tmp_path / "log" / ENTRIES).read_bytes().splitlines()
    assert len(raws) == 4
    previous = None
    for number, raw in enumerate(raws, 1):
        line = json.loads(raw)
        body = raw[raw.index(b'"entry":') + 8 : -1]
        assert json.loads(body) == line["entry"] and len(body) == line["bytes"]
        assert peer_digest(b"goxray vault log entry 1\0", body) == line["digest"]
        entry = line["entry"]
        assert entry["sequence"] == number
        if previous is None:
            assert entry["what"] == "log-created"
            assert entry["previous"] == peer_digest(b"goxray vault log birth 1\0", entry["detail"]["log"].encode())
        else:
            assert entry["previous"] == previous
        previous = line["digest"]
    last = json.loads(raws[-1])["entry"]
    assert (last["who"], last["what"], last["result"], last["object"]) == ("li", "seal", "ok", f"{2:064x}")
    # 1,788,000,000 is 20,694 days of 86,400 s and 38,400 s more; the clock of the test has gone on by three looks.
    assert last["at"] == "2026-08-29T10:40:03.000000000Z"


def test_what_is_appended_is_returned_and_stands_last(tmp_path: Path) -> None:
    log = filled(tmp_path / "log", 0)
    made = log.append(event(7))
    assert made.line == entries(log.place)[-1]
    assert (made.line.entry.sequence, made.head, made.torn, made.step, made.mark_lost) == (2, None, None, None, False)
    report = verify(log.place)
    assert report.good and report.entries == 2 and report.last == made.line
    assert oct(os.stat(log.place / ENTRIES).st_mode & 0o777) == "0o600"


def test_heads_at_intervals_and_on_demand(tmp_path: Path) -> None:
    """Every third entry since the last head is followed by one: entries 1 to 3, head 4, 5 to 7, head 8."""
    key = PeerKey()
    log = filled(tmp_path / "log", 6, signer=key, interval=3)
    heads = [line.entry.sequence for line in entries(log.place) if line.entry.event.what == HEAD]
    assert heads == [4, 8] and key.signed == 2
    made = log.append(event(9), sign=True)
    assert made.head is not None and made.line.entry.sequence == 10
    report = verify(log.place, keys=key.known)
    assert report.good and report.covered == 10
    assert [point.sequence for point in report.heads] == [3, 7, 10]
    assert verify(log.place).unknown_keys == (key.public.key_id,)
    assert verify(log.place).covered == 0


def test_a_head_needs_a_key_and_a_key_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    log = filled(tmp_path / "log", 1)
    with pytest.raises(UsageError, match="needs a key"):
        log.append(event(1), sign=True)

    class Broken(PeerKey):
        def sign(self, message: bytes, signer_id: bytes) -> bytes:
            raise BadLog("the token was pulled out")

    before = (log.place / ENTRIES).read_bytes()
    with pytest.raises(BadLog, match="pulled out"):
        Log(log.place, signer=Broken()).append(event(1), sign=True)
    assert (log.place / ENTRIES).read_bytes() == before


@pytest.mark.parametrize(
    "bad",
    [
        Event("", "seal"),
        Event("li", ""),
        Event("li", "seal", ""),
        Event("li", HEAD),
        Event("li", CREATED),
        Event("li", "seal", "ok", "abc"),
        Event("li", "seal", detail={"x": 1.5}),
        Event("li", "seal", detail={"x": 1 << 63}),
        Event("l\ud800i", "seal"),
        Event("li", "seal", detail={"x": "y" * MAX_LINE}),
    ],
    ids=["no-who", "no-what", "no-result", "head", "created", "object", "float", "large", "surrogate", "long"],
)
def test_what_the_log_does_not_take_leaves_nothing_behind(tmp_path: Path, bad: Event) -> None:
    log = filled(tmp_path / "log", 1)
    before = (log.place / ENTRIES).read_bytes()
    with pytest.raises(UsageError):
        log.append(bad)
    assert (log.place / ENTRIES).read_bytes() == before
    assert log.append(event(2)).line.entry.sequence == 3


def test_text_that_could_break_a_line_stays_in_it(tmp_path: Path) -> None:
    log = filled(tmp_path / "log", 0)
    who = 'a"\n#\n{"bytes":1}\r\u2028\x00\x1b[2J'
    log.append(Event(who, "seal"))
    assert [line.entry.event.who for line in entries(log.place)] == [who, who]


def write_many(place: Path, writer: int, count: int, key: PeerKey) -> None:
    log = Log(place, signer=key, interval=10)
    for number in range(count):
        log.append(Event(f"writer-{writer}", "seal", detail={"number": number}))


def test_four_processes_write_at_once(tmp_path: Path) -> None:
    place, key = tmp_path / "log", PeerKey()
    place.mkdir(mode=0o700)
    children = []
    for writer in range(4):
        child = os.fork()
        if child == 0:
            try:
                write_many(place, writer, 30, key)
                os._exit(0)
            except BaseException:
                os._exit(70)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
    check_all_there(place, key, 4, 30)


def test_four_threads_write_at_once(tmp_path: Path) -> None:
    place, key = tmp_path / "log", PeerKey()
    place.mkdir(mode=0o700)
    threads = [threading.Thread(target=write_many, args=(place, writer, 10, key)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check_all_there(place, key, 4, 10)


def check_all_there(place: Path, key: PeerKey, writers: int, count: int) -> None:
    found = [line.entry for line in entries(place)]
    assert [entry.sequence for entry in found] == list(range(1, len(found) + 1))
    told = [(entry.event.who, entry.event.detail["number"]) for entry in found if entry.event.what == "seal"]
    for writer in range(writers):
        mine = [number for who, number in told if who == f"writer-{writer}"]
        assert mine == list(range(count))
    assert len(told) == writers * count
    assert sum(entry.event.what == CREATED for entry in found) == 1
    report = verify(place, keys=key.known)
    assert report.good and report.torn == () and report.entries == len(found)
    # The first head covers ten entries and is the eleventh; after it ten more are due before the next.
    assert len(report.heads) == len(found) // 11


@pytest.mark.parametrize(
    ("before", "after", "step"),
    [
        (Reading(0, "a", 0), Reading(60 * SECOND, "a", 60 * SECOND), None),
        (Reading(0, "a", 0), Reading(65 * SECOND, "a", 60 * SECOND), None),
        (Reading(0, "a", 0), Reading(65 * SECOND + 1, "a", 60 * SECOND), Step(5 * SECOND + 1, True)),
        (Reading(0, "a", 0), Reading(55 * SECOND - 1, "a", 60 * SECOND), Step(-5 * SECOND - 1, True)),
        # Set back by an hour, and still after the entry before: only the clock that nobody can set shows it.
        (Reading(0, "a", 0), Reading(10 * SECOND, "a", 3610 * SECOND), Step(-3600 * SECOND, True)),
        (Reading(100 * SECOND, "a", 9), Reading(95 * SECOND, "b", 3), None),
        (Reading(100 * SECOND, "a", 9), Reading(95 * SECOND - 1, "b", 3), Step(-5 * SECOND - 1, False)),
        (Reading(0, "a", 9), Reading(10**18, "b", 3), None),
        (Reading(10 * SECOND, "", 9), Reading(0, "", 19), Step(-10 * SECOND, False)),
    ],
    ids=["even", "bound", "forward", "backward", "hidden", "boot-bound", "boot-back", "boot-forward", "no-name"],
)
def test_steps_of_the_clock(before: Reading, after: Reading, step: Step | None) -> None:
    assert clock.step(before, after) == step


def test_the_log_tells_of_a_step_and_of_who_accepts_it(tmp_path: Path) -> None:
    hand = HandClock()
    log = filled(tmp_path / "log", 2, clock=hand)
    hand.wall_ns -= 3600 * SECOND
    made = log.append(event(5))
    assert made.step == Step(-3600 * SECOND, True)
    assert str(made.step) == "the clock was set back by 3600.0 s"
    assert log.append(event(6)).step is None
    report = verify(log.place)
    assert report.good and report.steps == (Stepped(4, Step(-3600 * SECOND, True), False),)
    log.append(Event("li", "clock-accepted", detail={"sequence": 4, "why": "the chip's battery was changed"}))
    assert verify(log.place).steps == (Stepped(4, Step(-3600 * SECOND, True), True),)


def test_the_real_clock_is_even() -> None:
    first, second = clock.now(), clock.now()
    assert first.boot == second.boot != "" and second.since_boot_ns >= first.since_boot_ns
    assert clock.step(first, second) is None


@pytest.mark.parametrize(
    ("wall_ns", "text"),
    [
        (0, "1970-01-01T00:00:00.000000000Z"),
        (951_782_400 * SECOND + 1, "2000-02-29T00:00:00.000000001Z"),
        (253_402_300_799 * SECOND + 999_999_999, "9999-12-31T23:59:59.999999999Z"),
    ],
)
def test_times_as_text(wall_ns: int, text: str) -> None:
    assert clock.text(wall_ns) == text
    assert clock.from_text(text) == wall_ns


@pytest.mark.parametrize(
    "text", ["", "2026-02-30T00:00:00.000000000Z", "2026-01-01T00:00:00Z", "1969-12-31T23:59:59.000000000Z"]
)
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError):
        clock.from_text(text)
    with pytest.raises(ValueError):
        clock.text(-1)
    with pytest.raises(ValueError):
        clock.text(10**30)
    assert clock.text(START_NS).startswith("2026-08-29T")


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":1}',
        b'{"b":1,"a":1}',
        b'{"a": 1}',
        b'{"a":1.0}',
        b'{"a":NaN}',
        b'"\\u0061"',
        b"[" * 5000,
        b"\xff",
        b"1e3",
    ],
)
def test_json_in_another_form_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        canonical.decode(data)


def test_json_in_the_one_form() -> None:
    value = {"b": [1, None, True, -5], "a": {"é": "名\n"}}
    assert canonical.encode(value) == '{"a":{"é":"名\\n"},"b":[1,null,true,-5]}'.encode()
    assert canonical.decode(canonical.encode(value)) == value
