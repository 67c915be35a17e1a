"""A vault is verified without a secret: what is damaged, swapped, missing or too much is told, each in its own row."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from goxray import api_vault
from goxray.core.errors import BadVault, UsageError
from goxray.vault import keys
from goxray.vault.bundle.destroy import destroy_keys
from goxray.vault.custody.vaults import open_vault
from goxray.vault.log.entry import Event
from tests.unit.custody_deeds import Home, ask, tree


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "ROUNDS", 1000)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.made(tmp_path)


def test_a_good_vault_is_good_and_nothing_is_written(home: Home) -> None:
    bundles = [home.sealed(f"{number}", bytes(number)) for number in range(3)]
    before = tree(home.vault)
    seen: list[tuple[int, int]] = []
    found = api_vault.verify(home.vault, progress=lambda *step: seen.append(step))
    assert found.good and found.log is not None
    assert {each.name: each.bundle.content_bytes for each in found.bundles if each.bundle} == {
        bundle: number for number, bundle in enumerate(bundles)
    }
    assert all(each.bundle is not None and each.bundle.state == "kept" for each in found.bundles)
    assert [key.name for key in found.trusted] == ["owner"]
    assert seen == sorted(seen) and seen[-1][0] == seen[-1][1] == sum(
        home.path(each).stat().st_size for each in bundles
    )
    assert tree(home.vault) == before


def test_no_secret_is_needed(home: Home) -> None:
    """The files of one's own keys, without what is secret in them, are enough."""
    bundle = home.sealed()
    public = home.file("owner.pem", api_vault.keys_export(home.vault, "owner"))
    copy = Home(home.beside / "copy", home.beside)
    shutil.copytree(home.vault, copy.vault)
    for path in (copy.vault / "keys").iterdir():
        path.unlink()
    found = api_vault.verify(copy.vault, trust=[str(public)])
    assert found.good and [each.name for each in found.bundles] == [bundle]
    lost = api_vault.verify(copy.vault)
    assert not lost.good
    assert [each.kind for each in lost.bundles] == ["untrusted"]
    assert lost.log is not None and lost.log.covered == 0 and len(lost.log.unknown_keys) == 1


def test_a_damaged_file_costs_its_own_row(home: Home) -> None:
    good, flipped, short, none, swapped = (home.sealed(f"{number}", bytes(2000)) for number in range(5))
    data = bytearray(home.path(flipped).read_bytes())
    data[-1500] ^= 1
    home.path(flipped).write_bytes(data)
    home.path(short).write_bytes(home.path(short).read_bytes()[:-1])
    home.path(none).write_bytes(b"")
    shutil.copy(home.path(good), home.path(swapped))
    found = home.verified()
    kinds = {each.name: each.kind for each in found.bundles if each.fault}
    assert kinds == {flipped: "changed", short: "format", none: "format", swapped: "format"}
    assert next(each for each in found.bundles if each.name == swapped).fault.endswith(good)
    assert [each.name for each in found.bundles if not each.fault] == [good]
    assert not found.wrong, "their key slots are there, or nobody can say that they are not"


def test_what_stands_among_the_bundles_and_is_none(home: Home) -> None:
    """Links, pipes and directories hold nobody up; a half-written file of another process is no fault."""
    bundle = home.sealed()
    room = home.vault / "bundles"
    home.path("1" * 32).symlink_to(home.path(bundle))
    os.mkfifo(home.path("2" * 32))
    home.path("3" * 32).mkdir()
    (room / "notes.txt").write_text("x")
    (room / f".{'0' * 16}.part").write_bytes(b"half")
    found = home.verified()
    names = {"1" * 32 + ".goxs", "2" * 32 + ".goxs", "3" * 32 + ".goxs", "notes.txt"}
    assert {each.name for each in found.bundles if each.fault} == names
    assert [each.name for each in found.bundles if not each.fault] == [bundle]


def test_gone_strange_and_destroyed(home: Home, tmp_path: Path) -> None:
    (tmp_path / "o").mkdir()
    other = Home.made(tmp_path / "o")
    gone, emptied = home.sealed("a"), home.sealed("b")
    theirs = other.sealed()
    shutil.copy(other.path(theirs), home.path(theirs))
    home.path(gone).unlink()
    destroy_keys(home.path(emptied))
    found = home.verified()
    assert {(each.kind, each.id) for each in found.wrong} == {
        ("missing", gone),
        ("missing", emptied),
        ("stranger", theirs),
    }
    rows = {each.name: each for each in found.bundles}
    assert rows[emptied].destroyed and not rows[emptied].fault
    assert rows[theirs].kind == "untrusted"
    only = api_vault.verify(home.vault, [emptied[:10]])
    assert [(each.kind, each.id) for each in only.wrong] == [("missing", emptied)]
    assert [each.name for each in only.bundles] == [emptied] and only.log is not None
    missing = api_vault.verify(home.vault, [gone])
    assert [(each.name, each.kind) for each in missing.bundles] == [(gone, "unreadable")]


def test_a_changed_log_is_told(home: Home) -> None:
    bundle = home.sealed()
    log = home.vault / "log" / "entries.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"class":"default"', b'"class":"defaulu"', 1))
    found = home.verified()
    assert not found.good and found.log is not None
    assert [each.kind for each in found.log.faults] == ["edited"]
    assert [each.name for each in found.bundles if not each.fault] == [bundle]


def test_a_log_that_was_put_back_shows_by_an_anchor(home: Home) -> None:
    old = home.beside / "old"
    shutil.copytree(home.vault / "log", old)
    home.sealed()
    anchor = home.file("anchor", api_vault.log_export(home.vault))
    assert api_vault.verify(home.vault, anchors=[anchor]).good
    shutil.rmtree(home.vault / "log")
    shutil.copytree(old, home.vault / "log")
    os.chmod(home.vault / "log", 0o700)
    found = api_vault.verify(home.vault, anchors=[anchor])
    assert found.log is not None and [each.kind for each in found.log.faults] == ["truncated"]
    assert found.log.anchors_met < found.log.anchors_given


def test_files_alone_need_no_vault(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOXRAY_VAULT", str(tmp_path / "none"))
    bundle = shutil.copy(home.path(home.sealed()), tmp_path / "letter.goxs")
    public = home.file("owner.pem", api_vault.keys_export(home.vault, "owner"))
    found = api_vault.verify(None, [str(bundle)], trust=[str(public)])
    assert found.good and found.log is None and found.vault == ""
    assert [each.bundle.name for each in found.bundles if each.bundle] == ["heap.log"]
    with pytest.raises(BadVault):
        api_vault.verify(None, [str(bundle)])
    (tmp_path / "o").mkdir()
    other = Home.made(tmp_path / "o")
    theirs = home.file("other.pem", api_vault.keys_export(other.vault, "owner"))
    assert [each.kind for each in api_vault.verify(None, [str(bundle)], trust=[str(theirs)]).bundles] == ["untrusted"]
    by_vault = api_vault.verify(home.vault, [str(bundle)])
    assert by_vault.good and by_vault.log is None
    with pytest.raises(UsageError):
        api_vault.verify(home.vault, ["nosuchbundle"])


def test_an_end_that_nobody_signed_is_told_and_ends_nothing(home: Home) -> None:
    bundle = home.sealed()
    open_vault(home.vault).log().append(Event("x", "tombstone", "ok", "", {"id": bundle}))
    assert {("early", bundle), ("unsigned", bundle)} <= set(home.wrong())
    assert home.opened(bundle, "again") == b"evidence"


def test_a_damaged_key_costs_what_it_signed_and_is_named(home: Home) -> None:
    api_vault.keys_new(home.vault, "second", ask=ask)
    source = home.file("a", b"a")
    one = api_vault.seal(home.vault, source, ask=ask, key="owner").bundle.id
    two = api_vault.seal(home.vault, source, ask=ask, key="second").bundle.id
    damaged = home.vault / "keys" / f"{api_vault.keys_list(home.vault).keys[0].id}.key.json"
    damaged.write_bytes(damaged.read_bytes()[:-1])
    found = home.verified()
    rows = {each.name: (each.kind, each.fault) for each in found.bundles}
    first = "owner" if damaged.name.startswith(_signer(home, one)) else "second"
    lost, kept = (one, two) if first == "owner" else (two, one)
    assert rows[lost][0] == "untrusted" and rows[kept] == ("", "")
    assert rows["keys"][0] == "format" and str(damaged) in rows["keys"][1]


def _signer(home: Home, bundle: str) -> str:
    return home.path(bundle).read_bytes().split(b'"key":"')[-1][:32].decode()


def test_a_key_that_is_not_asked_for_does_not_count(home: Home) -> None:
    home.sealed()
    api_vault.keys_new(home.vault, "second", ask=ask)
    assert home.verified().good
    found = api_vault.verify(home.vault, trust=["second"])
    assert [each.kind for each in found.bundles] == ["untrusted"]
    assert [key.name for key in found.trusted] == ["second"]
