"""What a command writes is sealed as it comes: never on disk in the clear, and gone where the command fails."""

from __future__ import annotations

import io
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from goxray import api_vault
from goxray.core.errors import GoxrayError, WrongPassphrase
from goxray.vault import keys
from goxray.vault.custody.handover import LIMIT, Handover
from tests.unit.custody_deeds import WHO, Asked, Home, ask, wrong
from tests.unit.test_vault_custody_seal import MIB, full_after

SECRET = b"the customer Wang Xiaoming "


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "ROUNDS", 1000)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.made(tmp_path)


def test_what_is_written_comes_out_again(home: Home) -> None:
    asked, parts = Asked(), [os.urandom(size) for size in (0, 1, 3, MIB + 1, 700, 9 * MIB, 2)]
    with api_vault.sealing(home.vault, ask=asked, name="r.html", kind="report", retention="incident", who=WHO) as made:
        assert asked.wiped
        for part in parts:
            made.sink.write(part)
        with pytest.raises(GoxrayError, match="nothing was sealed so far"):
            made.sealed  # noqa: B018
    row = made.sealed.bundle
    assert (row.name, row.kind, row.retention, row.content_bytes) == ("r.html", "report", "incident", 10 * MIB + 707)
    assert [each.sequence for each in home.entries("seal")] == [made.sealed.entry]
    assert home.opened(row.id, "again") == b"".join(parts)
    assert home.wrong() == []


def test_a_writer_may_close_what_it_wrote_to(home: Home) -> None:
    with api_vault.sealing(home.vault, ask=ask, name="a", kind="report") as made, made.sink as sink:
        sink.write(b"all")
    assert home.opened(made.sealed.bundle.id, "again") == b"all"


def test_nothing_of_it_is_on_disk_in_the_clear(home: Home) -> None:
    """Looked at while it is written: every file below, and every file without a name that this process holds open."""
    with api_vault.sealing(home.vault, ask=ask, name="a", kind="report") as made:
        for _ in range(8):
            made.sink.write(SECRET * (MIB // len(SECRET)))
            made.sink.flush()
        seen = [path.read_bytes() for path in home.vault.parent.rglob("*") if path.is_file()]
        held = [Path("/proc/self/fd") / number for number in os.listdir("/proc/self/fd")]
        room = str(home.vault.parent)
        nameless = [path for path in held if path.is_file() and os.readlink(path).startswith(room)]
        seen += [path.read_bytes() for path in nameless]
        assert any("(deleted)" in os.readlink(path) for path in nameless) or home.standing()
        assert home.standing() == [] or all(name.endswith(".part") for name in home.standing())
    assert not any(SECRET in data for data in seen)
    assert home.opened(made.sealed.bundle.id, "again").count(SECRET) == 8 * (MIB // len(SECRET))


@pytest.mark.parametrize("size", [0, 10, 3 * MIB])
@pytest.mark.parametrize(
    "error", [ValueError("what the customer said"), GoxrayError("no such map"), KeyboardInterrupt()]
)
def test_a_block_that_fails_leaves_nothing_and_the_log_says_so(home: Home, error: BaseException, size: int) -> None:
    with pytest.raises(type(error)) as caught, api_vault.sealing(home.vault, ask=ask, name="a", kind="report") as made:
        made.sink.write(bytes(size))
        raise error
    assert caught.value is error
    assert home.standing() == []
    (entry,) = home.entries("seal")
    assert entry.event.result == "failed"
    assert "customer" not in str(entry.event.detail)
    with pytest.raises(GoxrayError):
        made.sealed  # noqa: B018
    assert home.wrong() == []


def test_a_full_disk_is_told_to_the_writer(home: Home) -> None:
    written = 0
    with (
        full_after(2 * MIB),
        pytest.raises(GoxrayError, match="cannot write") as caught,
        api_vault.sealing(home.vault, ask=ask, name="a", kind="report") as made,
    ):
        for _ in range(64):
            made.sink.write(bytes(MIB))
            written += 1
    assert written < 64, "the writer went on though nobody read"
    assert str(home.vault) in str(caught.value)
    assert home.standing() == []
    assert [each.event.result for each in home.entries("seal")] == ["failed"]


def test_a_full_disk_is_told_though_the_writer_hides_it(home: Home) -> None:
    with (
        full_after(2 * MIB),
        pytest.raises(GoxrayError, match="cannot write"),
        api_vault.sealing(home.vault, ask=ask, name="a", kind="report") as made,
    ):
        try:
            for _ in range(64):
                made.sink.write(bytes(MIB))
        except GoxrayError as error:
            raise OSError("the writer's own words") from error
    assert home.standing() == []


def test_a_child_process_that_goes_on_does_not_hold_it_up(home: Home) -> None:
    with api_vault.sealing(home.vault, ask=ask, name="a", kind="report") as made:
        made.sink.write(b"all")
        child = os.fork()
        if not child:
            signal.pause()
            os._exit(0)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert home.opened(made.sealed.bundle.id, "again") == b"all"


def test_the_vault_is_free_while_a_command_writes(home: Home) -> None:
    """A long command does not keep others out: a second bundle is sealed and opened meanwhile."""
    with api_vault.sealing(home.vault, ask=ask, name="a", kind="report") as made:
        made.sink.write(b"all")
        assert home.opened(home.sealed(), "other") == b"evidence"
    assert home.opened(made.sealed.bundle.id, "again") == b"all"
    assert home.wrong() == []


def test_a_wrong_passphrase_is_told_before_the_block_begins(home: Home) -> None:
    with pytest.raises(WrongPassphrase), api_vault.sealing(home.vault, ask=wrong, name="a", kind="report"):
        pytest.fail("the block began")
    assert [each.event.result for each in home.entries("seal")] == ["wrong-passphrase"]


def test_what_waits_to_be_read_does_not_grow() -> None:
    pipe, wrote = Handover(), list[int]()

    def write() -> None:
        for _ in range(40):
            pipe.write(bytes(MIB))
            wrote.append(MIB)
        pipe.end()

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    end = time.monotonic() + 60
    while len(wrote) < LIMIT // MIB and time.monotonic() < end:
        time.sleep(0.005)
    writer.join(0.2)  # time to do wrong
    assert len(wrote) == LIMIT // MIB
    buffer, size = bytearray(MIB), 0
    while count := pipe.fill(memoryview(buffer)):
        size += count
    writer.join()
    assert size == 40 * MIB


def test_a_piece_longer_than_the_limit_goes_through_in_parts() -> None:
    pipe, data = Handover(), os.urandom(2 * LIMIT + 3)
    sink = io.BufferedWriter(pipe, 1000)

    def write() -> None:
        sink.write(data)
        sink.flush()
        pipe.end()

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    found, buffer = bytearray(), bytearray(100_000)
    while count := pipe.fill(memoryview(buffer)):
        found += buffer[:count]
    writer.join()
    assert found == data
