"""``goxray snapshot`` at the command line: what is asked for, where the file goes, how the run ends."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from click.testing import CliRunner, Result
from store_samples import manifest, tables

from goxray.core.errors import PermissionRefused
from goxray.core.result import Fault
from goxray.store.manifest import Manifest
from goxray.store.snapshot import open_snapshot, write_snapshot
from goxray.ui.cli.main import main


class FakeApi:
    """Stands where ``goxray.api.snapshot`` stands: remembers the question and writes a prepared file."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.answer: Manifest | Exception = manifest(notes=[], faults=[])

    def __call__(self, target: str, out: BinaryIO, **options: Any) -> Manifest:
        self.asked.append((target, options))
        options["progress"]("reading", 0.5)
        if isinstance(self.answer, Exception):
            out.write(b"half a file")
            raise self.answer
        return write_snapshot(out, self.answer, tables())


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeApi:
    fake = FakeApi()
    monkeypatch.setattr("goxray.api.snapshot", fake)
    monkeypatch.delenv("GOXRAY_LANG", raising=False)
    monkeypatch.chdir(tmp_path)
    return fake


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["snapshot", *arguments])


def test_the_file_is_written_for_its_owner_alone_and_said_in_a_line(api: FakeApi, tmp_path: Path) -> None:
    result = run("4242", "-o", "a.gox")
    assert result.exit_code == 0, result.output
    [(target, asked)] = api.asked
    asked.pop("progress")
    assert (target, asked) == ("4242", {"exe": None, "freeze": True, "allow_unverified": False})
    assert os.listdir(tmp_path) == ["a.gox"] and os.stat("a.gox").st_mode & 0o777 == 0o600
    with open_snapshot("a.gox") as opened:
        assert opened.rows("owners") == 3
    assert result.stdout == ""
    size = os.path.getsize("a.gox") / 1024
    [line] = result.stderr.splitlines()
    assert line.startswith(f"a.gox: {size:.1f}") and "7 objects (4.00 KiB), maps: 2 with 30 entries" in line
    assert line.endswith("stopped for 12.3 ms")


def test_every_option_reaches_the_look(api: FakeApi) -> None:
    assert run("core.7", "--exe", "svc", "--no-freeze", "--allow-unverified", "-o", "a.gox").exit_code == 0
    [(target, asked)] = api.asked
    asked.pop("progress")
    assert (target, asked) == ("core.7", {"exe": "svc", "freeze": False, "allow_unverified": True})


def test_a_look_that_fails_leaves_what_was_there(api: FakeApi, tmp_path: Path) -> None:
    (tmp_path / "a.gox").write_bytes(b"the old one")
    api.answer = PermissionRefused("not yours", hint="ask")
    result = run("4242", "-o", "a.gox")
    assert result.exit_code == 3 and result.stderr == "goxray: not yours\nhint: ask\n"
    assert os.listdir(tmp_path) == ["a.gox"] and (tmp_path / "a.gox").read_bytes() == b"the old one"


def test_what_could_not_be_read_is_said_and_ends_with_4(api: FakeApi) -> None:
    api.answer = manifest(faults=[Fault(0xC000010000, "torn\x1b[2J"), Fault(1, "x")], unverified=True)
    result = run("4242", "-o", "a.gox")
    assert result.exit_code == 4
    assert "UNVERIFIED" in result.stderr and "fault at 0xc000010000: torn\\x1b[2J and 1 more" in result.stderr
    with open_snapshot("a.gox") as opened:
        assert len(opened.manifest.faults) == 2 and opened.manifest.unverified


def test_it_may_go_to_a_pipe(api: FakeApi, tmp_path: Path) -> None:
    result = run("4242", "-o", "-")
    assert result.exit_code == 0
    (tmp_path / "piped.gox").write_bytes(result.stdout_bytes)
    with open_snapshot("piped.gox") as opened:
        assert opened.table("maps").num_rows == 2
    assert result.stderr == "7 objects (4.00 KiB), maps: 2 with 30 entries; stopped for 12.3 ms\n"


def test_a_place_that_cannot_be_written_to_costs_no_look(api: FakeApi, tmp_path: Path) -> None:
    for place in ("none/a.gox", "."):
        result = run("4242", "-o", place)
        assert result.exit_code == 2 and api.asked == []
    assert run("4242").exit_code == 2


def test_chinese_is_spoken(api: FakeApi) -> None:
    assert "7 个对象（4.00 KiB）、2 个 map（30 个条目）" in run("4242", "-o", "a.gox", "--lang", "zh").stderr


def test_a_snapshot_of_a_snapshot_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from store_samples import write

    monkeypatch.chdir(tmp_path)
    write(tmp_path / "a.gox")
    result = run("a.gox", "-o", "b.gox")
    assert result.exit_code == 2 and "a.gox is a snapshot already" in result.stderr
    assert os.listdir(tmp_path) == ["a.gox"]
