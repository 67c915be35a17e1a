"""A bundle is opened for a recipient only, whole or not at all, and never without an entry in the log."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from goxray import api_vault
from goxray.core.errors import (
    BadBundle,
    BadKey,
    BadLog,
    BadVault,
    GoxrayError,
    KeyDestroyed,
    NotAuthentic,
    UsageError,
    WrongPassphrase,
)
from goxray.core.vault_result import VaultKey
from goxray.vault import keys
from goxray.vault.bundle.destroy import destroy_keys
from tests.unit.custody_deeds import WHO, Asked, Home, ask, front_digest, never, wrong


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "ROUNDS", 1000)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.made(tmp_path)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def test_a_bundle_is_found_by_its_id_a_part_of_it_its_name_and_its_file(home: Home, out: Path) -> None:
    bundle = home.sealed("heap.log", b"evidence")
    home.sealed("other.log", b"other")
    elsewhere = shutil.copy(home.path(bundle), out / "copy.goxs")
    for number, asked in enumerate((bundle, bundle[:8], "heap.log", str(home.path(bundle)), str(elsewhere))):
        done = api_vault.open_(home.vault, asked, out, ask=ask, name=f"{number}.txt", who=WHO)
        assert Path(done.file).read_bytes() == b"evidence" and done.content_bytes == 8
        assert (done.bundle.id, done.bundle.name) == (bundle, "heap.log")
        assert Path(done.file).stat().st_mode & 0o777 == 0o600
    entries = home.entries("open")
    assert len(entries) == 5
    assert {(each.event.who, each.event.result, each.event.object) for each in entries} == {
        (WHO, "ok", front_digest(home.path(bundle)))
    }
    with pytest.raises(UsageError, match="no bundle"):
        api_vault.open_(home.vault, bundle[:7], out, ask=never)


def test_the_name_is_that_of_the_content_unless_another_is_given(home: Home, out: Path) -> None:
    seen: list[tuple[int, int]] = []
    asked = Asked()
    done = api_vault.open_(
        home.vault, home.sealed("a.log", bytes(3 << 20)), out, ask=asked, progress=lambda *step: seen.append(step)
    )
    assert done.file == str(out / "a.log") and asked.wiped
    assert seen[-1][0] == seen[-1][1] == home.path(done.bundle.id).stat().st_size


@pytest.mark.parametrize("name", ["../x", "/x", "a/b", "..", "."])
def test_nothing_is_written_outside_the_directory(home: Home, out: Path, name: str) -> None:
    bundle = home.sealed()
    before = sorted(out.parent.rglob("*"))
    with pytest.raises(UsageError, match="no plain file name"):
        api_vault.open_(home.vault, bundle, out, ask=ask, name=name)
    assert sorted(out.parent.rglob("*")) == before


def test_a_file_that_is_there_is_not_replaced_and_a_link_is_not_followed(home: Home, out: Path) -> None:
    bundle = home.sealed("a.log")
    (out / "a.log").write_bytes(b"mine")
    (out / "link").symlink_to(out / "elsewhere")
    for name in ("", "link"):
        with pytest.raises(UsageError, match="there already"):
            api_vault.open_(home.vault, bundle, out, ask=ask, name=name)
    assert (out / "a.log").read_bytes() == b"mine" and not (out / "elsewhere").exists()


def test_content_in_the_clear_does_not_go_into_the_vault(home: Home, out: Path) -> None:
    bundle = home.sealed()
    (out / "way").symlink_to(home.vault / "bundles")
    for place in (home.vault, home.vault / "bundles", out / "way"):
        with pytest.raises(UsageError, match="in the vault itself"):
            api_vault.open_(home.vault, bundle, place, ask=never)


def test_a_wrong_passphrase_opens_nothing_and_is_logged(home: Home, out: Path) -> None:
    bundle = home.sealed()
    with pytest.raises(WrongPassphrase):
        api_vault.open_(home.vault, bundle, out, ask=wrong, who=WHO)
    assert list(out.iterdir()) == []
    (entry,) = home.entries("open")
    assert (entry.event.result, entry.event.detail["id"]) == ("wrong-passphrase", bundle)
    assert entry.event.object == front_digest(home.path(bundle))


def test_a_retired_key_opens_what_it_opened_before(home: Home, out: Path) -> None:
    before = home.sealed()
    api_vault.keys_rotate(home.vault, "owner", ask=ask)
    after = home.sealed("new.log")
    old, new = (each.id for each in api_vault.keys_list(home.vault).keys)
    assert home.opened(before, "before") == home.opened(after, "after") == b"evidence"
    assert [each.event.detail["key"] for each in home.entries("open")] == [old, new]
    with pytest.raises(BadKey, match="not sealed for 'owner'"):
        api_vault.open_(home.vault, before, out, ask=never, key=new)
    assert home.wrong() == []


def test_a_changed_bundle_opens_for_nobody_and_leaves_nothing(home: Home, out: Path) -> None:
    """A byte of the content, of the trailer, of a slot, and a bundle cut short; each told in the log."""
    bundle = home.sealed(content=bytes(3 << 20))
    good = home.path(bundle).read_bytes()
    header = 12 + int.from_bytes(good[8:12], "big")
    for at in (header + 10, header + 129 + 1000, len(good) - 200):
        home.path(bundle).write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        with pytest.raises((NotAuthentic, BadBundle)):
            api_vault.open_(home.vault, bundle, out, ask=ask)
    home.path(bundle).write_bytes(good[:-1])
    with pytest.raises(BadBundle):
        api_vault.open_(home.vault, bundle, out, ask=ask)
    assert list(out.iterdir()) == []
    assert {each.event.result for each in home.entries("open")} == {"not-authentic", "bad-bundle"}


def test_a_bundle_under_another_ones_name_is_refused(home: Home, out: Path) -> None:
    one, two = home.sealed("one"), home.sealed("two")
    shutil.copy(home.path(one), home.path(two))
    with pytest.raises(BadBundle, match="holds another bundle"):
        api_vault.open_(home.vault, two, out, ask=never)


def test_a_bundle_with_the_id_of_another_is_refused_though_its_signature_is_good(
    home: Home, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who may sign seals other content under an id that the log knows already."""
    bundle = home.sealed("one", b"what was there")
    other = Home(home.beside / "copy", home.beside)
    shutil.copytree(home.vault, other.vault)
    other.path(bundle).unlink()
    with monkeypatch.context() as patched:
        patched.setattr("goxray.vault.custody.taking.new_id", lambda: bytes.fromhex(bundle))
        other.sealed("one", b"what should have been")
    shutil.copy(other.path(bundle), home.path(bundle))
    with pytest.raises(NotAuthentic, match="is not the one that entry"):
        api_vault.open_(home.vault, bundle, out, ask=never)
    assert [(kind, name) for kind, name in home.wrong()] == [("changed", bundle)]
    assert [each.state for each in api_vault.list_(home.vault).bundles] == ["damaged"]


def test_a_signer_who_is_not_known_here_is_refused(home: Home, out: Path, tmp_path: Path) -> None:
    other = Home.made(out)
    public = other.file("owner.pem", api_vault.keys_export(home.vault, "owner"))
    api_vault.keys_add(other.vault, "bank", public)
    theirs = other.sealed("x", b"x", ("bank",))
    with pytest.raises(NotAuthentic, match="not trusted here"):
        api_vault.open_(home.vault, str(other.path(theirs)), out, ask=never)
    assert [each.event.result for each in home.entries("open")] == ["not-authentic"]


def test_a_bundle_without_its_keys_is_told_as_destroyed(home: Home, out: Path) -> None:
    bundle = home.sealed()
    destroy_keys(home.path(bundle))
    with pytest.raises(KeyDestroyed, match="nobody can open it"):
        api_vault.open_(home.vault, bundle, out, ask=never)
    assert [each.event.result for each in home.entries("open")] == ["key-destroyed"]


def test_a_bundle_that_is_gone_is_told_as_gone(home: Home, out: Path) -> None:
    bundle = home.sealed()
    home.path(bundle).unlink()
    with pytest.raises(UsageError, match="gone, and no entry of the log says why"):
        api_vault.open_(home.vault, bundle, out, ask=never)


def test_nothing_is_opened_that_the_log_cannot_be_told_of(
    home: Home, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = home.sealed()
    with monkeypatch.context() as patched:
        patched.setattr(os, "access", lambda path, mode: False)  # whoever runs this may be one who may write anywhere
        with pytest.raises(BadVault, match="cannot be written to"):
            api_vault.open_(home.vault, bundle, out, ask=never)
    log = home.vault / "log" / "entries.jsonl"
    log.write_bytes(log.read_bytes()[:-40])
    with pytest.raises(BadLog, match="cut off"):
        api_vault.open_(home.vault, bundle, out, ask=ask)
    assert list(out.iterdir()) == []


def test_the_masking_key_is_one_and_comes_back_only_by_a_key_of_ones_own(home: Home) -> None:
    with api_vault.masking_key(home.vault, ask=ask, who=WHO) as secret:
        first = bytes(secret)
    assert len(first) == 32 and not any(secret)
    api_vault.keys_rotate(home.vault, "owner", ask=ask)
    api_vault.keys_new(home.vault, "second", ask=ask)
    with pytest.raises(BadKey, match="not encrypted for"), api_vault.masking_key(home.vault, ask=ask, key="second"):
        pytest.fail("nobody shared it so far")
    for name in ("owner", "second"):
        with api_vault.masking_key(home.vault, ask=ask, key=name) as secret:
            assert bytes(secret) == first
    assert first not in b"".join(path.read_bytes() for path in home.vault.rglob("*") if path.is_file())
    assert len(home.entries("masking-key-made")) == 1
    assert home.wrong() == []


def test_a_masking_key_of_somebody_else_is_refused(home: Home, tmp_path: Path) -> None:
    (tmp_path / "o").mkdir()
    other = Home.made(tmp_path / "o")
    for each in (home, other):
        with api_vault.masking_key(each.vault, ask=ask):
            pass
    mine = home.vault / "keys" / "masking.json"
    good = mine.read_bytes()
    shutil.copy(other.vault / "keys" / "masking.json", mine)
    with pytest.raises(NotAuthentic, match="no key of one's own signed it"), api_vault.masking_key(home.vault, ask=ask):
        pytest.fail("the block began")
    for bad in (b"", b"{}", good[:-9], good.replace(b'"format":1', b'"format":2')):
        mine.write_bytes(bad)
        with pytest.raises(GoxrayError), api_vault.masking_key(home.vault, ask=ask):
            pytest.fail("the block began")
    mine.write_bytes(good)
    with api_vault.masking_key(home.vault, ask=ask):
        pass


def test_a_bundle_that_is_exchanged_while_the_passphrase_is_asked_for_is_refused(home: Home, out: Path) -> None:
    """The other one is whole, signed and for the same key: but it is not what the log is about to be told of."""
    one, two = home.sealed("one", b"this one"), home.sealed("two", b"that one")

    def exchanges(key: VaultKey) -> bytearray:
        home.path(one).write_bytes(home.path(two).read_bytes())
        return ask(key)

    with pytest.raises(NotAuthentic, match="changed while it was being opened"):
        api_vault.open_(home.vault, one, out, ask=exchanges)
    assert list(out.iterdir()) == []
    assert [each.event.result for each in home.entries("open")] == ["not-authentic"]
