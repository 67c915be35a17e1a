"""The vault's keys: made, added, rotated, retired. Who may sign and open is decided here, so all of it is logged.

Entries have the SM3 digest of the key's SubjectPublicKeyInfo as their object, whose first half is the key's id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from goxray.core.errors import BadCertificate, BadEncoding, BadVault, UsageError
from goxray.core.vault_result import KeysListed, VaultKey
from goxray.vault import secrets, sm2, sm3, store, x509
from goxray.vault.canonical import Json
from goxray.vault.custody.people import Ask, whoever
from goxray.vault.custody.refusals import told
from goxray.vault.custody.vaults import Vault, key_row, now, open_vault
from goxray.vault.keys import Stored
from goxray.vault.log.entry import Event

NEW, ADDED, ROTATED, RETIRED, PASSPHRASE = "key-new", "key-added", "key-rotated", "key-retired", "key-passphrase"

_FILE_MOST = 1 << 20
_SUBJECT_MOST = 500


def keys_list(place: Path | None = None) -> KeysListed:
    """Return all keys, oldest first. See ``goxray.api_vault.keys_list``."""
    vault = open_vault(place)
    return KeysListed(str(vault.place), tuple(key_row(key) for key in vault.keys.all()))


def keys_new(place: Path | None, name: str, *, ask: Ask, who: str = "") -> KeysListed:
    """Make a key of one's own; it signs the head of the entry that tells of it. See ``goxray.api_vault.keys_new``."""
    vault, who = open_vault(place), who or whoever()
    passphrase = ask(to_be_made(name))
    try:
        with vault.store.locked():
            made = vault.keys.new(name, passphrase, now())
            with vault.keys.unlock(made, passphrase) as private:
                vault.log(private).append(key_event(who, NEW, made), sign=True)
    finally:
        secrets.wipe(passphrase)
    return KeysListed(str(vault.place), (key_row(made),), "new")


def to_be_made(name: str) -> VaultKey:
    """Return what is asked about a key that is still to be made: it has no id."""
    return VaultKey(id="", name=name, state="active", own=True, created="")


def key_event(who: str, what: str, key: Stored, **more: Json) -> Event:
    """Return the event of a deed with a key."""
    return Event(who, what, "ok", sm3.digest(key.public.spki()).hex(), {"id": key.key_id, "name": key.name, **more})


def keys_add(place: Path | None, name: str, file: Path, *, ca: Path | None = None, who: str = "") -> KeysListed:
    """Add somebody else's public key: what it signs counts from now on. See ``goxray.api_vault.keys_add``."""
    vault, who = open_vault(place), who or whoever()
    with told(vault, who, ADDED, detail={"file": file.name, "name": name}):
        offered = read_offered(file, ca, now())
        with vault.store.locked():
            made = vault.keys.add(name, offered.public, now())
            vault.log().append(key_event(who, ADDED, made, **offered.detail()))
    return KeysListed(str(vault.place), (key_row(made),), "added")


@dataclass(frozen=True)
class Offered:
    """A public key in a file, and who vouches that it belongs to whom.

    Attributes:
        public: The key.
        certificate: The certificate that it came in; None for a plain key.
        root: The trusted certificate to which that one's chain leads; None where nobody vouches.
    """

    public: sm2.Public
    certificate: x509.Certificate | None = None
    root: x509.Certificate | None = None

    def detail(self) -> dict[str, Json]:
        """Return what the log says of it. ``vouched`` is who vouches; empty says that nobody did."""
        told: dict[str, Json] = {"vouched": self.root.subject[:_SUBJECT_MOST] if self.root is not None else ""}
        if self.root is not None:
            told["root"] = self.root.fingerprint
        if self.certificate is not None:
            usages = self.certificate.usages
            told["certificate"] = self.certificate.fingerprint
            told["subject"] = self.certificate.subject[:_SUBJECT_MOST]
            told["usages"] = None if usages is None else sorted(usages)
        return told


def read_offered(file: Path, ca: Path | None, at: datetime) -> Offered:
    """Read a public key (PEM or DER) or a certificate (likewise; others behind it in PEM may be between).

    A certificate must be valid at the moment; with ``ca`` it must lead to one of the certificates in that file, and
    allow that keys are wrapped for it or that it signs.

    Raises:
        UsageError: A file cannot be read, or ``ca`` is given and there is no certificate.
        BadEncoding: It is neither.
        BadCertificate: The certificate is not to be believed.
    """
    data = _read(file)
    public = _plain(data)
    if public is not None:
        if ca is not None:
            raise UsageError(
                f"{file} holds a plain key: there is no certificate whose chain could be verified",
                hint="leave --ca out, and compare the key's id with its owner",
            )
        return Offered(public)
    leaf, *others = x509.read(data)
    if not leaf.begins <= at <= leaf.ends:
        raise BadCertificate(
            f"the certificate of {leaf.subject} is not valid now: from {leaf.begins:%Y-%m-%d} to {leaf.ends:%Y-%m-%d}",
            hint="ask its owner for the one that is",
        )
    if ca is None:
        return Offered(leaf.public, leaf)
    usage = x509.WRAPS if leaf.may(x509.WRAPS) else x509.SIGNS
    found = x509.chain(leaf, x509.read(_read(ca)), others, at=at, usage=usage)
    return Offered(leaf.public, leaf, found[-1])


def _plain(data: bytes) -> sm2.Public | None:
    """Return the public key that a file is, as PEM or DER, or None where it may be a certificate."""
    if b"-----BEGIN PUBLIC KEY-----" in data:
        try:
            return sm2.Public.from_pem(data.decode())
        except UnicodeDecodeError:
            raise BadEncoding("the public key is damaged: no text") from None
    if b"-----BEGIN" in data and b"-----BEGIN CERTIFICATE-----" not in data:
        raise BadEncoding(
            "the file holds neither a public key nor a certificate",
            hint="`openssl pkey -pubout` makes a public key of a private one, which should stay where it is",
        )
    try:
        return sm2.Public.from_spki(data) if len(data) == _SPKI_BYTES else None
    except BadEncoding:
        return None


_SPKI_BYTES = 91
"""Length of the SubjectPublicKeyInfo of an SM2 key in DER, which has one form (``sm2.Public.spki``)."""


def _read(file: Path) -> bytes:
    try:
        return store.read(file, _FILE_MOST)
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None
    except BadVault as error:
        raise UsageError(str(error)) from None


def trusted(vault: Vault, trust: Sequence[str] = ()) -> dict[str, sm2.Public]:
    """Return the keys whose signatures count, by id: the vault's, or those named: names, ids, files of public keys.

    Raises:
        UsageError: One is neither in the vault nor a file.
        BadEncoding: A file holds no key.
    """
    if not trust:
        return vault.trusted()
    found = {}
    for asked in trust:
        file = Path(asked)
        public = read_offered(file, None, now()).public if file.is_file() else vault.keys.find(asked).public
        found[public.key_id] = public
    return found


def keys_export(place: Path | None, name: str) -> bytes:
    """Return a public key as PEM. See ``goxray.api_vault.keys_export``."""
    return open_vault(place).keys.find(name).public.pem().encode()


def keys_retire(place: Path | None, name: str, *, ask: Ask, who: str = "") -> KeysListed:
    """Let a key sign nothing new, and seal nothing for it. See ``goxray.api_vault.keys_retire``.

    The key itself signs that, if it is one's own; else the only one of one's own does.
    """
    vault, who = open_vault(place), who or whoever()
    key = vault.keys.find(name)
    if key.retired is not None:
        raise UsageError(f"{key.name!r} ({key.key_id}) is retired already, since {key.retired:%Y-%m-%d}")
    own = key if key.private is not None else vault.own()
    with (
        told(vault, who, RETIRED, _object(key), _detail(key)),
        vault.unlocked(own, ask) as private,
        vault.store.locked(),
    ):
        made = vault.keys.retire(vault.keys.find(key.key_id), now())
        vault.log(private).append(key_event(who, RETIRED, made), sign=True)
    return KeysListed(str(vault.place), (key_row(made),), "retired")


def keys_passphrase(place: Path | None, name: str, *, ask: Ask, ask_new: Ask, who: str = "") -> KeysListed:
    """Put a key under another passphrase. See ``goxray.api_vault.keys_passphrase``."""
    vault, who = open_vault(place), who or whoever()
    key = vault.keys.find(name)
    vault.keys.check_usable(key, retired=True)
    old = ask(key_row(key))
    try:
        new = ask_new(key_row(key))
        try:
            with told(vault, who, PASSPHRASE, _object(key), _detail(key)), vault.store.locked():
                made = vault.keys.change_passphrase(vault.keys.find(key.key_id), old, new)
                with vault.keys.unlock(made, new, retired=True) as private:
                    signer = private if made.retired is None else None
                    vault.log(signer).append(key_event(who, PASSPHRASE, made), sign=signer is not None)
        finally:
            secrets.wipe(new)
    finally:
        secrets.wipe(old)
    return KeysListed(str(vault.place), (key_row(made),), "passphrase")


def keys_rotate(place: Path | None, name: str, *, ask: Ask, who: str = "") -> KeysListed:
    """Make a new key in the place of one of one's own. See ``goxray.api_vault.keys_rotate``.

    The old key signs the entry that names the new one: the last that it signs.
    """
    vault, who = open_vault(place), who or whoever()
    old = vault.keys.find(name)
    with told(vault, who, ROTATED, _object(old), _detail(old)), vault.unlocked(old, ask) as private:
        passphrase = ask(to_be_made(old.name))
        try:
            with vault.store.locked():
                made = vault.keys.rotate(vault.keys.find(old.key_id), passphrase, now())
                vault.log(private).append(key_event(who, ROTATED, made, follows=old.key_id), sign=True)
        finally:
            secrets.wipe(passphrase)
    rows = (key_row(made), key_row(vault.keys.find(old.key_id)))
    return KeysListed(str(vault.place), rows, "rotated")


def _object(key: Stored) -> str:
    return sm3.digest(key.public.spki()).hex()


def _detail(key: Stored) -> dict[str, Json]:
    return {"id": key.key_id, "name": key.name}
