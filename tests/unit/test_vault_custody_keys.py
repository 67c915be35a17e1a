"""The vault's keys as people handle them: made, added from files and certificates, rotated, retired; all logged."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from goxray import api_vault
from goxray.core.errors import BadCertificate, BadEncoding, BadKey, GoxrayError, UsageError, WrongPassphrase
from goxray.core.vault_result import VaultKey
from goxray.vault import sm2, sm3
from goxray.vault.custody import keyring
from goxray.vault.log.verify import verify
from tests.harness.memory_disk import memory_disk
from tests.unit.custody_vaults import ID, WORDS, House, ask, never, quick_and_timed
from tests.unit.test_vault_x509 import AUTHORITY, SIGNER, Makers
from tests.unit.vault_logs import HandClock, killed_at

OTHER = b"battery staple"


@pytest.fixture
def in_memory() -> Iterator[Path]:
    with memory_disk() as directory:
        yield directory


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[HandClock]:
    with quick_and_timed(monkeypatch) as made:
        yield made


@pytest.fixture
def house(tmp_path: Path, clock: HandClock) -> House:
    return House(tmp_path / "vault", clock)


@pytest.fixture(scope="module")
def makers(tmp_path_factory: pytest.TempPathFactory) -> Makers:
    made = Makers(tmp_path_factory.mktemp("authority"))
    made.make("root", "root", AUTHORITY)
    made.make("middle", "root", AUTHORITY)
    made.make("leaf", "middle", SIGNER)
    made.make("wraps", "root", "keyUsage=critical,keyEncipherment")
    made.make("neither", "root", "keyUsage=critical,keyAgreement")
    made.make("elsewhere", "elsewhere", AUTHORITY)
    return made


def pem_of(path: Path, *, private: bool = False) -> Path:
    """A key made by the openssl command: its public part, or all of it."""
    key = path / "peer.key"
    words = ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2", "-out", str(key)]
    subprocess.run(words, check=True, capture_output=True, timeout=60)
    if private:
        return key
    subprocess.run(
        ["openssl", "pkey", "-in", str(key), "-pubout", "-out", str(path / "peer.pem")], check=True, timeout=60
    )
    return path / "peer.pem"


def told(house: House) -> list[tuple[str, str, dict]]:
    """What the log says of keys since the vault was made: what, result and detail."""
    entries = [entry for entry in api_vault.log_show(house.place).entries if entry.what.startswith("key-")][1:]
    return [(entry.what, entry.result, json.loads(entry.detail)) for entry in entries]


def covered(house: House, what: str) -> set[str]:
    """Ids of the keys that signed the head right behind the entries of a kind."""
    signers, last = set(), None

    def take(entry) -> None:
        nonlocal last
        if last == what and entry.event.what == "log-head":
            signers.add(entry.event.detail["head"]["key"])
        last = entry.event.what

    report = verify(house.place / "log", log_id=ID, keys=house.known, each=lambda placed: take(placed.line.entry))
    assert report.good and not report.unknown_keys
    return signers


def test_a_list_needs_no_secret(house: House) -> None:
    done = api_vault.keys_list(house.place)
    key = house.key
    assert done.keys == (VaultKey(key.key_id, "owner", "active", True, "2026-08-31T04:00:00Z"),) and done.done == ""


def test_a_new_key_is_let_in_by_one_that_is_there(house: House) -> None:
    asked: list[VaultKey] = []

    def hand(key: VaultKey) -> bytearray:
        asked.append(key)
        return bytearray(WORDS if key.id else OTHER)

    made = api_vault.keys_new(house.place, "second", ask=hand, who="wu").keys[0]
    assert [(key.id, key.name, key.own) for key in asked] == [(house.key.key_id, "owner", True), ("", "second", True)]
    assert (made.name, made.state, made.own, made.follows) == ("second", "active", True, "")
    assert told(house) == [("key-new", "ok", {"id": made.id, "name": "second"})]
    assert covered(house, "key-new") == {house.key.key_id}
    with house.keys.unlock(house.keys.find("second"), bytearray(OTHER)) as private:
        assert private.key_id == made.id
    for name, words in (("second", "named 'second' already"), ("../x", "no name"), ("0123456789", "taken for an id")):
        with pytest.raises(UsageError, match=words):
            api_vault.keys_new(house.place, name, ask=ask)
    with pytest.raises(UsageError, match="8 bytes or more"):
        api_vault.keys_new(house.place, "third", ask=lambda key: bytearray(WORDS if key.id else b"short"))
    assert len(api_vault.keys_list(house.place).keys) == 2 and len(told(house)) == 1


def test_passphrases_are_wiped(house: House) -> None:
    given: list[bytearray] = []

    def hand(key: VaultKey) -> bytearray:
        given.append(bytearray(WORDS))
        return given[-1]

    api_vault.keys_new(house.place, "second", ask=hand)
    api_vault.keys_passphrase(house.place, "owner", ask=hand, ask_new=hand)
    api_vault.keys_rotate(house.place, "owner", ask=hand)
    api_vault.keys_retire(house.place, "second", ask=hand)
    assert len(given) == 2 + 2 + 2 + 1 and not any(any(each) for each in given)


@pytest.mark.parametrize("form", ["PEM", "DER"])
def test_a_public_key_of_another_program_is_added(house: House, tmp_path: Path, form: str) -> None:
    pem = pem_of(tmp_path)
    file, public = pem, sm2.Public.from_pem(pem.read_text())
    if form == "DER":
        file = tmp_path / "peer.der"
        words = ["openssl", "pkey", "-pubin", "-in", str(pem), "-outform", "DER", "-out", str(file)]
        subprocess.run(words, check=True, timeout=60)
    made = api_vault.keys_add(house.place, "court", file, who="wu").keys[0]
    assert (made.id, made.name, made.own) == (public.key_id, "court", False)
    assert told(house) == [("key-added", "ok", {"id": public.key_id, "name": "court", "vouched": ""})]
    added = next(entry for entry in api_vault.log_show(house.place).entries if entry.what == "key-added")
    assert added.object == sm3.digest(public.spki()).hex() and added.object.startswith(made.id)
    assert api_vault.keys_export(house.place, "court") == pem.read_bytes() == public.pem().encode()
    with pytest.raises(UsageError, match="is here already"):
        api_vault.keys_add(house.place, "again", file)
    with pytest.raises(UsageError, match="plain key: there is no certificate"):
        api_vault.keys_add(house.place, "again", file, ca=file)


def test_a_certificate_says_who_vouches(house: House, makers: Makers) -> None:
    place = makers.place
    both = place / "chain.pem"
    both.write_bytes((place / "leaf.pem").read_bytes() + (place / "middle.pem").read_bytes())
    made = api_vault.keys_add(house.place, "leaf", both, ca=place / "root.pem").keys[0]
    api_vault.keys_add(house.place, "wraps", place / "wraps.pem", ca=place / "root.pem")
    api_vault.keys_add(house.place, "nobody", place / "neither.pem")
    first, second, third = (detail for _, _, detail in told(house))
    assert (first["id"], first["vouched"], first["subject"], first["usages"]) == (
        made.id,
        "CN=root,O=银行,C=CN",
        "CN=leaf,O=银行,C=CN",
        ["digital_signature"],
    )
    digest = ["openssl", "dgst", "-sm3", "-r", str(place / "root.der")]
    subprocess.run(
        ["openssl", "x509", "-in", str(place / "root.pem"), "-outform", "DER", "-out", digest[-1]], check=True
    )
    assert first["root"] == subprocess.run(digest, check=True, capture_output=True).stdout.decode().split()[0]
    assert (second["vouched"], second["usages"]) == ("CN=root,O=银行,C=CN", ["key_encipherment"])
    assert (third["vouched"], "root" in third) == ("", False)


def test_a_certificate_that_is_not_to_be_believed_is_refused_and_told(
    house: House, makers: Makers, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = makers.place
    refused = [
        ("leaf.pem", "root.pem", "no certificate at hand signed that of CN=leaf"),
        ("leaf.pem", "elsewhere.pem", "no certificate at hand signed"),
        ("neither.pem", "root.pem", "does not allow its key to be used"),
    ]
    for file, ca, words in refused:
        with pytest.raises(BadCertificate, match=words):
            api_vault.keys_add(house.place, "x", place / file, ca=place / ca, who="eve")
    for days, words in ((60, "not valid now"), (-60, "not valid now")):
        monkeypatch.setattr(keyring, "now", lambda days=days: datetime.now(UTC) + timedelta(days=days))
        for ca in (None, place / "root.pem"):
            with pytest.raises(BadCertificate, match=words):
                api_vault.keys_add(house.place, "x", place / "wraps.pem", ca=ca, who="eve")
    assert [(what, result) for what, result, _ in told(house)] == [("key-added", "bad-certificate")] * 7
    assert len(api_vault.keys_list(house.place).keys) == 1


def test_what_is_no_key_is_refused(house: House, tmp_path: Path) -> None:
    file = tmp_path / "offered"
    fifo = tmp_path / "fifo"
    subprocess.run(["mkfifo", str(fifo)], check=True)
    refused: list[tuple[Path, type[GoxrayError], str]] = [
        (tmp_path / "none", UsageError, "cannot read"),
        (tmp_path, UsageError, "cannot read|is no file"),
        (fifo, UsageError, "is no file"),
        (pem_of(tmp_path, private=True), BadEncoding, "neither a public key nor a certificate"),
    ]
    for path, kind, words in refused:
        with pytest.raises(kind, match=words):
            api_vault.keys_add(house.place, "x", path)
    ed = subprocess.run(["openssl", "genpkey", "-algorithm", "ED25519"], check=True, capture_output=True).stdout
    ed = subprocess.run(["openssl", "pkey", "-pubout"], input=ed, check=True, capture_output=True).stdout
    good = house.key.public.spki()
    point = good[-65:]
    for data in (b"", b"\0" * 91, ed, good[:-1] + bytes([point[-1] ^ 1]), good + b"\0", b"\x30" * 400, b"\xff\xfe" * 9):
        file.write_bytes(data)
        with pytest.raises(BadKey):
            api_vault.keys_add(house.place, "x", file)
    file.write_bytes(b" " * (1 << 20 | 1))
    with pytest.raises(UsageError, match="more than 1048576 bytes"):
        api_vault.keys_add(house.place, "x", file)
    assert len(api_vault.keys_list(house.place).keys) == 1


def test_a_rotation_is_vouched_for_by_the_old_key(house: House) -> None:
    with api_vault.masking_key(house.place, ask=ask) as secret:
        before = bytes(secret)
    sealed = house.seal(b"evidence")
    done = api_vault.keys_rotate(house.place, "owner", ask=lambda key: bytearray(WORDS if key.id else OTHER), who="wu")
    new, old = done.keys
    assert done.done == "rotated" and (old.id, old.state) == (house.key.key_id, "retired")
    assert (new.name, new.state, new.own, new.follows) == ("owner", "active", True, old.id)
    assert told(house)[-1] == ("key-rotated", "ok", {"follows": old.id, "id": new.id, "name": "owner"})
    assert covered(house, "key-rotated") == {old.id}
    with api_vault.masking_key(house.place, ask=lambda key: bytearray(OTHER)) as secret:
        assert bytes(secret) == before, "tokens stay joinable"
    out = house.place.parent / "out"
    out.mkdir()
    opened = api_vault.open_(house.place, sealed, out, ask=ask, key=old.id)
    assert Path(opened.file).read_bytes() == b"evidence", "the retired key still opens"
    with pytest.raises(BadKey, match="retired since"):
        api_vault.hold(house.place, [sealed], ask=never, case="c", why="w", key=old.id)
    assert api_vault.log_verify(house.place).good and house.wrong() == []


def test_rotating_again_by_the_old_id_is_refused(house: House, tmp_path: Path) -> None:
    api_vault.keys_rotate(house.place, "owner", ask=ask)
    with pytest.raises(BadKey, match="retired since"):
        api_vault.keys_rotate(house.place, house.key.key_id, ask=never)
    api_vault.keys_add(house.place, "court", pem_of(tmp_path))
    with pytest.raises(BadKey, match="private part of 'court' .* is not in this store"):
        api_vault.keys_rotate(house.place, "court", ask=never)


def test_a_rotation_killed_at_every_step_is_finished(in_memory: Path, clock: HandClock) -> None:
    """One name has one active key in the end, which has the masking key, and the log names every key of the store."""
    first = House(in_memory / "vault", clock)
    with api_vault.masking_key(first.place, ask=ask) as secret:
        before = bytes(secret)
    cut_off = 0
    for step in range(1, 120):
        house = first.copy(in_memory / f"vault-{step}")
        killed = killed_at(step, 0.5, lambda house=house: api_vault.keys_rotate(house.place, "owner", ask=ask))
        keys = api_vault.keys_list(house.place).keys
        active = [key for key in keys if key.state == "active"]
        cut_off += len(active) == 2
        if len(active) == 2 or len(keys) == 1:
            api_vault.keys_rotate(house.place, "owner", ask=ask)
        keys = api_vault.keys_list(house.place).keys
        assert sorted((key.state, key.id == first.key.key_id) for key in keys) == [("active", False), ("retired", True)]
        new = next(key for key in keys if key.state == "active")
        assert {detail["id"] for what, _, detail in told(house) if what == "key-rotated"} == {new.id}
        assert api_vault.log_verify(house.place).good
        with api_vault.masking_key(house.place, ask=ask) as secret:
            assert bytes(secret) == before
        shutil.rmtree(house.place)
        if not killed:
            break
    assert 20 < step < 119 and cut_off > 5


def test_a_key_is_retired_once(house: House, tmp_path: Path) -> None:
    api_vault.keys_add(house.place, "court", pem_of(tmp_path))
    court = api_vault.keys_retire(house.place, "court", ask=ask).keys[0]
    assert (court.state, court.own) == ("retired", False)
    with pytest.raises(UsageError, match="retired already|are retired"):
        api_vault.keys_retire(house.place, "court", ask=never)
    with pytest.raises(UsageError, match="is retired already"):
        api_vault.keys_retire(house.place, court.id, ask=never)
    mine = api_vault.keys_retire(house.place, "owner", ask=ask).keys[0]
    assert mine.state == "retired" and covered(house, "key-retired") == {house.key.key_id}
    with pytest.raises(UsageError, match="no active key of your own"):
        api_vault.hold(house.place, ["x" * 8], ask=never, case="c", why="w")
    assert api_vault.log_verify(house.place).good


def test_another_passphrase(house: House) -> None:
    done = api_vault.keys_passphrase(house.place, "owner", ask=ask, ask_new=lambda key: bytearray(OTHER), who="wu")
    assert done.done == "passphrase" and told(house) == [
        ("key-passphrase", "ok", {"id": house.key.key_id, "name": "owner"})
    ]
    assert covered(house, "key-passphrase") == {house.key.key_id}
    with pytest.raises(WrongPassphrase):
        api_vault.keys_passphrase(house.place, "owner", ask=ask, ask_new=ask, who="eve")
    assert told(house)[-1][:2] == ("key-passphrase", "wrong-passphrase")
    with pytest.raises(UsageError, match="8 bytes or more"):
        api_vault.keys_passphrase(
            house.place, "owner", ask=lambda key: bytearray(OTHER), ask_new=lambda key: bytearray(b"short")
        )
    api_vault.keys_rotate(house.place, "owner", ask=lambda key: bytearray(OTHER))
    old = house.key.key_id
    api_vault.keys_passphrase(house.place, old, ask=lambda key: bytearray(OTHER), ask_new=ask)
    assert covered(house, "key-passphrase") == {old}, (
        "a retired key signs nothing: the second entry has no head of its own"
    )
    with house.keys.unlock(house.keys.find(old), bytearray(WORDS), retired=True) as private:
        assert private.key_id == old


def test_a_wrong_passphrase_changes_no_key(house: House) -> None:
    def wrong(key: VaultKey) -> bytearray:
        return bytearray(b"another one")

    for act in (api_vault.keys_rotate, api_vault.keys_retire):
        with pytest.raises(WrongPassphrase):
            act(house.place, "owner", ask=wrong, who="eve")
    assert [(what, result) for what, result, _ in told(house)] == [
        ("key-rotated", "wrong-passphrase"),
        ("key-retired", "wrong-passphrase"),
    ]
    assert [key.state for key in api_vault.keys_list(house.place).keys] == ["active"]


def test_a_damaged_file_of_a_key_is_named(house: House) -> None:
    file = next((house.place / "keys").glob("*.key.json"))
    file.write_bytes(file.read_bytes().replace(b'"name":"owner"', b'"name":"o\\u0000"'))
    with pytest.raises(BadKey, match=file.name):
        api_vault.keys_list(house.place)
