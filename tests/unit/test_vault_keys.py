"""The key store: what its files hold, who opens them, what becomes of keys over time."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import gmalg
import pytest

from goxray.core.errors import BadKey, BadVault, GoxrayError, UsageError, WrongPassphrase
from goxray.vault import canonical, keys, sm2, sm4, store
from goxray.vault.keys import KeyStore, Stored

NOW = datetime(2026, 11, 22, 10, 30, 15, 999, tzinfo=timezone(timedelta(hours=8)))
WORDS = b"correct horse"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand rounds for new keys; one test has all."""
    monkeypatch.setattr(keys, "ROUNDS", 1000)


@pytest.fixture
def kept(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path)


def _words() -> bytearray:
    return bytearray(WORDS)


def _file(place: Path, key: Stored) -> Path:
    return place / f"{key.key_id}.key.json"


def _change(path: Path, **fields: object) -> None:
    """Write other values into a file, in the form that its reader takes; ``a__b`` stands for b in a."""
    value = json.loads(path.read_bytes())
    for field, new in fields.items():
        inner, name = value, field
        if "__" in field:
            outer, name = field.split("__")
            inner = value[outer]
        inner[name] = new
    path.write_bytes(canonical.encode(value))


def _opened_by_hand(text: bytes, passphrase: bytes) -> bytes:
    """The PKCS #8 bytes, by what the module says of its files: hashlib derives, a peer's block cipher opens."""
    value = json.loads(text)
    held = value["private"]
    bound = {name: value[name] for name in ("created", "format", "public")}
    bound |= {name: held[name] for name in ("kdf", "rounds", "salt", "suite")}
    key = hashlib.pbkdf2_hmac("sm3", passphrase, bytes.fromhex(held["salt"]), held["rounds"], 16)
    sealed, nonce = bytes.fromhex(held["sealed"]), bytes.fromhex(held["nonce"])
    block, plain = gmalg.SM4(key), bytearray()
    for at in range(0, len(sealed) - 16, 16):
        stream = block.encrypt(nonce + (2 + at // 16).to_bytes(4, "big"))
        plain += bytes(one ^ two for one, two in zip(sealed[at : min(at + 16, len(sealed) - 16)], stream, strict=False))
    aad = json.dumps(bound, sort_keys=True, separators=(",", ":")).encode()
    assert sm4.seal(key, nonce, aad, plain) == sealed
    return bytes(plain)


def test_a_key_is_kept_and_opened(kept: KeyStore, tmp_path: Path) -> None:
    made = kept.new("甲行 signer", _words(), NOW)
    assert made.created == datetime(2026, 11, 22, 2, 30, 15, tzinfo=UTC)
    assert (made.state, made.follows, made.retired) == ("active", None, None)
    assert kept.all() == [made] == [kept.find("甲行 signer")] == [kept.find(made.key_id[:8])]
    with kept.unlock(made, _words()) as private:
        assert private.public == made.public
        assert made.public.verify(b"m", private.sign(b"m"))
    assert [path.name for path in tmp_path.iterdir()] == [f"{made.key_id}.key.json"]
    assert os.stat(_file(tmp_path, made)).st_mode & 0o777 == 0o600


@pytest.mark.skipif("sm3" not in hashlib.algorithms_available, reason="the interpreter's hashlib has no SM3")
def test_the_file_by_its_description_and_with_all_rounds(
    kept: KeyStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """openssl reads what is opened by hand, and no part of the private number stands in the file."""
    monkeypatch.undo()
    made = kept.new("all rounds", _words(), NOW)
    text = _file(tmp_path, made).read_bytes()
    assert json.loads(text)["private"]["rounds"] == 600_000
    plain = _opened_by_hand(text, WORDS)
    done = subprocess.run(
        ["openssl", "pkey", "-inform", "DER", "-pubout", "-outform", "DER"],
        input=plain,
        capture_output=True,
        timeout=30,
    )
    assert done.stdout == made.public.spki() and json.loads(text)["public"] == done.stdout.hex()
    number = plain[36:68]
    assert number.hex() not in text.decode() and number not in text
    kept.unlock(made, _words()).close()


def test_a_wrong_passphrase(kept: KeyStore) -> None:
    made = kept.new("one", _words(), NOW)
    for wrong in (WORDS + b" ", WORDS[:-1], b"", WORDS.upper()):
        with pytest.raises(WrongPassphrase, match=f"does not open 'one' .{made.key_id}., or its file was changed"):
            kept.unlock(made, bytearray(wrong))


def test_two_files_share_nothing_secret(kept: KeyStore) -> None:
    one, two = (kept.new(name, _words(), NOW).private for name in ("one", "two"))
    assert one is not None and two is not None
    assert one.salt != two.salt and one.nonce != two.nonce and one.sealed[:32] != two.sealed[:32]


@pytest.mark.parametrize(
    "fields",
    [
        {"created": "2026-11-22T02:30:16Z"},
        {"private__rounds": 999},
        {"private__salt": "00" * 16},
        {"private__nonce": "00" * 12},
        {"private__sealed": "00" * 154},
        {"private__sealed": ""},
        {"private__suite": "SM4-CTR-HMAC-SM3-SM2"},
    ],
    ids=range(7),
)
def test_what_is_bound_cannot_be_changed(kept: KeyStore, tmp_path: Path, fields: dict[str, object]) -> None:
    made = kept.new("one", _words(), NOW)
    _change(_file(tmp_path, made), **fields)
    with pytest.raises(WrongPassphrase):
        kept.unlock(kept.find("one"), _words())


def test_a_private_part_of_another_file(kept: KeyStore, tmp_path: Path) -> None:
    one, two = kept.new("one", _words(), NOW), kept.new("two", _words(), NOW)
    _change(_file(tmp_path, one), private=json.loads(_file(tmp_path, two).read_bytes())["private"])
    with pytest.raises(WrongPassphrase):
        kept.unlock(kept.find("one"), _words())


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"format": 2}, "not of format 1"),
        ({"more": 1}, "other fields"),
        ({"private__more": 1}, "other fields"),
        ({"private__rounds": 20_000_001}, "derived is not known"),
        ({"private__rounds": 0}, "derived is not known"),
        ({"private__kdf": "PBKDF2-HMAC-SHA1"}, "derived is not known"),
        ({"private__suite": "AES"}, "AES"),
        ({"private__salt": "0g"}, "hex"),
        ({"private__salt": "AB"}, "small hex digits"),
        ({"private": []}, "private part is no object"),
        ({"public": "00"}, "no SubjectPublicKeyInfo"),
        ({"id": "0" * 32}, "its name or its id"),
        ({"name": "\n"}, "its name or its id"),
        ({"name": 1}, "its name is no text"),
        ({"follows": "../../x"}, "no id of a key"),
        ({"retired": "2026-11-22"}, "does not match format"),
        ({"created": "2026-1-22T02:30:15Z"}, "another form"),
    ],
    ids=range(17),
)
def test_damaged_files_are_named(kept: KeyStore, tmp_path: Path, fields: dict[str, object], why: str) -> None:
    made = kept.new("one", _words(), NOW)
    path = _file(tmp_path, made)
    _change(path, **fields)
    with pytest.raises(BadKey, match=why) as told:
        kept.all()
    assert str(told.value).startswith(f"{path} is no file of a key, or is damaged: ") and "\n" not in str(told.value)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"format":1}', b"\xff", b"1" * 20_000, b"[" * 10_000])
def test_files_that_are_no_keys(kept: KeyStore, tmp_path: Path, text: bytes) -> None:
    (tmp_path / f"{'a' * 32}.key.json").write_bytes(text)
    with pytest.raises(BadKey, match="no file of a key, or is damaged"):
        kept.all()


def test_every_byte_of_a_file(kept: KeyStore, tmp_path: Path) -> None:
    """Each changed byte: refused with one error, or what it says is not part of what opens the key."""
    made = kept.new("one", _words(), NOW)
    path = _file(tmp_path, made)
    text = path.read_bytes()
    opened = []
    for at in range(0, len(text)):
        path.write_bytes(text[:at] + bytes((text[at] ^ 1,)) + text[at + 1 :])
        try:
            kept.unlock(kept.all()[0], _words()).close()
            opened.append(at)
        except (BadKey, UsageError):
            continue
    at = text.index(b'"name":"one"') + len(b'"name":"')
    assert opened == [at, at + 1, at + 2]


def test_a_file_under_another_keys_name(kept: KeyStore, tmp_path: Path) -> None:
    made = kept.new("one", _words(), NOW)
    _file(tmp_path, made).rename(tmp_path / f"{'b' * 32}.key.json")
    with pytest.raises(BadKey, match=f"is damaged: it holds the key {made.key_id}"):
        kept.all()


def test_links_and_other_files(kept: KeyStore, tmp_path: Path) -> None:
    made = kept.new("one", _words(), NOW)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "x.key.json").write_text("not named like a key")
    assert kept.all() == [made]
    path = _file(tmp_path, made)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises((OSError, GoxrayError)):
        kept.all()


def test_rotation(kept: KeyStore) -> None:
    old = kept.new("signer", _words(), NOW)
    with kept.unlock(old, _words()) as private:
        signature, sealed = private.sign(b"m"), old.public.encrypt(b"data key")
    later = NOW + timedelta(days=365)
    made = kept.rotate(old, bytearray(b"another passphrase"), later)
    assert made.follows == old.key_id and made.name == "signer" and made.public != old.public
    before, after = kept.all()
    assert (before.key_id, before.state, after) == (old.key_id, "retired", made)
    assert before.retired == datetime(2027, 11, 22, 2, 30, 15, tzinfo=UTC)
    assert kept.find("signer") == made and kept.find(old.key_id) == before
    assert before.public.verify(b"m", signature)
    with pytest.raises(BadKey, match=r"'signer' .* is retired since 2027-11-22: it signs nothing new"):
        kept.unlock(before, _words())
    with kept.unlock(before, _words(), retired=True) as private:
        assert private.decrypt(sealed) == b"data key"
    with pytest.raises(BadKey, match="nothing follows it"):
        kept.rotate(before, _words(), later)
    assert kept.retire(before, later + timedelta(days=1)) == before


def test_a_rotation_that_was_cut_off(kept: KeyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Power goes between the two writes: both keys are active, and the name stands for the new one."""
    old = kept.new("signer", _words(), NOW)

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(store, "replace", cut)
        kept.rotate(old, _words(), NOW)
    assert [one.state for one in kept.all()] == ["active", "active"]
    found = kept.find("signer")
    assert found.follows == old.key_id
    kept.retire(old, NOW)
    assert kept.find("signer") == found


def test_another_passphrase(kept: KeyStore) -> None:
    made = kept.new("one", _words(), NOW)
    changed = kept.change_passphrase(made, _words(), bytearray(b"a new one here"))
    assert kept.all() == [changed] and changed.public == made.public
    kept.unlock(changed, bytearray(b"a new one here")).close()
    with pytest.raises(WrongPassphrase):
        kept.unlock(changed, _words())
    with pytest.raises(WrongPassphrase):
        kept.change_passphrase(changed, _words(), bytearray(b"a third one"))
    with pytest.raises(UsageError, match="8 bytes or more"):
        kept.change_passphrase(changed, bytearray(b"a new one here"), bytearray(b"short"))
    assert kept.all() == [changed]


def test_keys_of_others(kept: KeyStore) -> None:
    with sm2.generate() as other:
        added = kept.add("auditor@bank", other.public, NOW)
        assert kept.all() == [added] and added.private is None
        assert other.decrypt(kept.find("auditor@bank").public.encrypt(b"x")) == b"x"
        with pytest.raises(UsageError, match="is here already, as 'auditor@bank'"):
            kept.add("second", other.public, NOW)
    for act in (lambda: kept.unlock(added, _words()), lambda: kept.change_passphrase(added, _words(), _words())):
        with pytest.raises(BadKey, match="private part of 'auditor@bank' .* is not in this store"):
            act()
    with pytest.raises(BadKey, match="somebody else's key"):
        kept.rotate(added, _words(), NOW)


def test_names(kept: KeyStore) -> None:
    for name in ("", "/etc/passwd", "../x", "a\nb", "-x", " x", "x" * 101, "\x1b[2J", "deadbeef", "0" * 32):
        with pytest.raises(UsageError, match="is no name for a key") as told:
            kept.new(name, _words(), NOW)
        assert "\n" not in str(told.value)
    kept.new("one", _words(), NOW)
    with sm2.generate() as other:
        for act in (lambda: kept.new("one", _words(), NOW), lambda: kept.add("one", other.public, NOW)):
            with pytest.raises(UsageError, match="an active key is named 'one' already"):
                act()
    assert len(kept.all()) == 1
    with pytest.raises(UsageError, match="8 bytes or more"):
        kept.new("two", bytearray(b"1234567"), NOW)


def test_no_file_gives_a_key_the_id_of_another_as_its_name(kept: KeyStore, tmp_path: Path) -> None:
    """Whoever may write the files could else be trusted by the id of a key that he took away."""
    known = kept.new("ops", _words(), NOW)
    with sm2.generate() as private:
        other = kept.add("other", private.public, NOW)
    for name in (known.key_id, known.key_id[:8], known.key_id + " x"):
        _change(_file(tmp_path, other), name=name)
        with pytest.raises(BadKey, match="its name or its id is not that of a key"):
            kept.find(known.key_id)
    _change(_file(tmp_path, other), name="other")
    _file(tmp_path, known).unlink()
    with pytest.raises(UsageError, match="no key is named"):
        kept.find(known.key_id)


def test_a_retired_name_is_free_again(kept: KeyStore) -> None:
    old = kept.new("one", _words(), NOW)
    kept.retire(old, NOW)
    with pytest.raises(UsageError, match="the keys named 'one' are retired: name one by its id"):
        kept.find("one")
    made = kept.new("one", _words(), NOW)
    assert kept.find("one") == made


def test_what_stands_for_no_key_or_for_several(kept: KeyStore, tmp_path: Path) -> None:
    made = kept.new("one", _words(), NOW)
    for asked in ("two", "", made.key_id[:7], made.key_id + "0"):
        with pytest.raises(UsageError, match="no key is named") as told:
            kept.find(asked)
        assert told.value.hint == "goxray vault keys list"
    two = kept.new("two", _words(), NOW)
    _change(_file(tmp_path, two), name="one")
    with pytest.raises(UsageError, match="'one' stands for 2 keys: give more of the id"):
        kept.find("one")
    with pytest.raises(BadVault, match="exists already"):
        store.write_new(_file(tmp_path, made), b"")
