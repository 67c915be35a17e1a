"""What is in a vault, as the fronts of its bundles and the log tell it; nothing is written for that."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from goxray import api_vault
from goxray.core.errors import BadVault
from goxray.vault import clock, keys
from goxray.vault.bundle.destroy import destroy_keys
from goxray.vault.clock import Reading
from tests.unit.custody_deeds import WHO, Home, ask, tree

YEAR_NS = 366 * 86_400 * 1_000_000_000


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "ROUNDS", 1000)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.made(tmp_path)


def _states(home: Home) -> dict[str, str]:
    return {row.id: row.state for row in api_vault.list_(home.vault).bundles}


def _in_a_year(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all that is looked at from now on be looked at a year later."""
    read = clock.now

    def later() -> Reading:
        now = read()
        return Reading(now.wall_ns + YEAR_NS, now.boot, now.since_boot_ns)

    monkeypatch.setattr(clock, "now", later)


def test_an_empty_vault_has_its_periods_and_no_bundles(home: Home) -> None:
    found = api_vault.list_(home.vault)
    assert (found.bundles, found.log_good) == ((), True)
    assert [(each.name, each.months) for each in found.periods] == [("incident", 36), ("default", 6)]


def test_a_place_without_a_vault_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadVault, match="no vault"):
        api_vault.list_(tmp_path / "none")


def test_how_each_bundle_stands(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kept, held, due by the calendar, gone, without keys, damaged, of another name, and never told to the log."""
    held, gone, emptied, damaged, renamed, kept = (home.sealed(f"{number}.log") for number in range(6))
    api_vault.hold(home.vault, [held], ask=ask, case="2026-17", why="court")
    home.path(gone).unlink()
    destroy_keys(home.path(emptied))
    home.path(damaged).write_bytes(b"GOXSEAL")
    shutil.copy(home.path(kept), home.path(renamed))
    strange = "0" * 32
    shutil.copy(home.path(kept), home.path(strange))
    wanted = {held: "held", gone: "missing", emptied: "missing", damaged: "damaged", renamed: "damaged"}
    assert _states(home) == wanted | {kept: "kept", strange: "damaged"}
    rows = {row.id: row for row in api_vault.list_(home.vault).bundles}
    assert rows[held].holds == ("2026-17",) and rows[held].name == "0.log"
    assert rows[gone].due and rows[gone].created and not rows[gone].name
    _in_a_year(monkeypatch)
    assert _states(home) == wanted | {kept: "due", strange: "damaged"}


def test_a_whole_bundle_that_the_log_does_not_know_is_a_stranger(home: Home, tmp_path: Path) -> None:
    (tmp_path / "o").mkdir()
    other = Home.made(tmp_path / "o")
    theirs = other.sealed()
    shutil.copy(other.path(theirs), home.path(theirs))
    (row,) = api_vault.list_(home.vault).bundles
    assert (row.state, row.name, row.due) == ("stranger", "heap.log", "")
    assert row.signer == api_vault.keys_list(other.vault).keys[0].id, "a key without a name here is told by its id"


def test_links_and_other_files_are_no_bundles(home: Home) -> None:
    bundle = home.sealed()
    home.path("1" * 32).symlink_to(home.path(bundle))
    (home.vault / "bundles" / "notes.goxs").write_bytes(home.path(bundle).read_bytes())
    assert _states(home) == {bundle: "kept"}


def test_a_log_with_faults_is_told_and_what_remains_of_it_counts(home: Home) -> None:
    one, two = home.sealed("one"), home.sealed("two")
    log = home.vault / "log" / "entries.jsonl"
    log.write_bytes(log.read_bytes().replace(two.encode(), two[::-1].encode(), 1))
    found = api_vault.list_(home.vault)
    assert not found.log_good
    assert {row.id: row.state for row in found.bundles} == {one: "kept", two: "stranger"}
    log.unlink()
    found = api_vault.list_(home.vault)
    assert not found.log_good and {row.state for row in found.bundles} == {"stranger"}


def test_a_damaged_key_takes_only_its_name_away(home: Home) -> None:
    bundle = home.sealed()
    (path,) = (home.vault / "keys").glob("*.key.json")
    path.write_bytes(b"{}")
    (row,) = api_vault.list_(home.vault).bundles
    assert (row.id, row.signer) == (bundle, path.name.removesuffix(".key.json"))


def test_only_fronts_are_read_and_nothing_is_written(home: Home) -> None:
    """Bytes that the kernel counts as read by this process: far fewer than the bundles have."""

    def bytes_read() -> int:
        return int(Path("/proc/self/io").read_text().split("rchar:")[1].split()[0])

    home.sealed("big", bytes(32 << 20))
    api_vault.list_(home.vault)
    before, seen = tree(home.vault), bytes_read()
    api_vault.list_(home.vault)
    assert bytes_read() - seen < 2 << 20
    assert tree(home.vault) == before


def test_names_are_those_of_the_vaults_keys(home: Home, tmp_path: Path) -> None:
    (tmp_path / "o").mkdir()
    other = Home.made(tmp_path / "o")
    file = home.file("auditor.pem", api_vault.keys_export(other.vault, "owner"))
    api_vault.keys_add(home.vault, "auditor", file, who=WHO)
    home.sealed("a", b"a", ("auditor", "owner"))
    (row,) = api_vault.list_(home.vault).bundles
    assert sorted(row.recipients) == ["auditor", "owner"] and row.signer == "owner"
    assert os.path.getsize(home.path(row.id)) == row.file_bytes
