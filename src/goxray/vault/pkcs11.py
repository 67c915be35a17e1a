"""SM2 keys that stay in a token (PKCS #11): they open bundles without leaving it, and sign where the maker allows.

PKCS #11 up to version 3.1 has no mechanism for SM2; makers give theirs numbers of their own. What a token with the
curve of SM2 can do all the same is the key agreement of elliptic curves (CKM_ECDH1_DERIVE), and that is the part of
SM2's decryption (GB/T 32918.4-2016, 7.1) that needs the private key: it gives x2, the first coordinate of the private
key times C1. The second, y2, follows from x2 up to its sign, and C3, a digest over both, tells which. What is computed
here belongs to one ciphertext; it is a secret of that bundle and not of the key.

Signing has no such way. ``sign`` uses the number that the maker gives for SM2 over a digest of 32 bytes, and checks
each signature before it hands it out: a mechanism that does something else is refused.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from goxray.core.errors import BadEncoding, BadKey, NotAuthentic, NotOffered, UsageError
from goxray.vault import cryptoki, der, sm2, sm2_verify, sm3
from goxray.vault.cryptoki import ID, LABEL, PRIVATE_KEY, PUBLIC_KEY, Library, Refused
from goxray.vault.secrets import wipe

LIBRARY_VARIABLE, TOKEN_VARIABLE, SIGNS_VARIABLE = "GOXRAY_PKCS11", "GOXRAY_PKCS11_TOKEN", "GOXRAY_PKCS11_SIGNS"
"""Environment variables: the path of the token's library, the token's label, the maker's mechanism for signatures."""

_CURVE = bytes.fromhex("06082a811ccf5501822d")
"""CKA_EC_PARAMS of the curve sm2p256v1: its object identifier 1.2.156.10197.1.301."""

_POINT_BYTES, _COORDINATE = 65, 32
_DIGEST = slice(_POINT_BYTES, _POINT_BYTES + sm3.DIGEST_BYTES)


class Token:
    """A token that somebody is logged in to. Use it with ``with``; keys of it are of no use afterwards.

    Made by ``open_token``.
    """

    def __init__(self, library: Library, session: int, label: str) -> None:
        self._library = library
        self._session: int | None = session
        self.label = label

    @property
    def session(self) -> int:
        """The session's handle.

        Raises:
            BadKey: The token was closed.
        """
        if self._session is None:
            raise BadKey(f"the token {self.label!r} was closed")
        return self._session

    def key(self, label: str = "", key_id: bytes = b"", *, mechanism: int = 0) -> TokenKey:
        """Find a private key of SM2, and the public key that belongs to it.

        Args:
            label: Its label (CKA_LABEL); any, if empty.
            key_id: Its id (CKA_ID); any, if empty.
            mechanism: The maker's number of SM2 signatures over a digest; 0 where the key is to open alone.

        Raises:
            UsageError: There is no such key, or more than one.
            BadKey: It is on another curve, or the token shows no public key for it.
        """
        asked: dict[int, bytes | int] = {cryptoki.CLASS: PRIVATE_KEY}
        asked |= ({LABEL: label.encode()} if label else {}) | ({ID: key_id} if key_id else {})
        library, session = self._library, self.session
        found = library.find(session, asked)
        if len(found) != 1:
            many = f"{len(found)} private keys" if found else "no private key"
            told = " and ".join(
                ([f"the label {label!r}"] if label else []) + ([f"the id {key_id.hex()}"] if key_id else [])
            )
            raise UsageError(f"the token {self.label!r} has {many}" + (f" with {told}" if told else ""))
        private = found[0]
        return TokenKey(self, library, private, self._public(private), mechanism)

    def key_for(self, public: sm2.Public, *, mechanism: int = 0) -> TokenKey:
        """Find the private key that belongs to a public one; ``mechanism`` as for ``key``.

        Raises:
            UsageError: The token has none.
        """
        library, session = self._library, self.session
        for private in library.find(session, {cryptoki.CLASS: PRIVATE_KEY}):
            try:
                found = self._public(private)
            except BadKey:
                continue
            if found == public:
                return TokenKey(self, library, private, public, mechanism)
        raise UsageError(f"the token {self.label!r} has no private key for {public.key_id}")

    def close(self) -> None:
        """Close the session; more than once does no harm."""
        if self._session is not None:
            session, self._session = self._session, None
            self._library.close_session(session)

    def _public(self, private: int) -> sm2.Public:
        """Return the public key: the point of the private one, or of the public one with its id or its label."""
        library, session = self._library, self.session
        places = [private]
        for kind in (ID, LABEL):
            shared = self._asked(private, kind)
            if shared:
                places += library.find(session, {cryptoki.CLASS: PUBLIC_KEY, kind: bytes(shared)})
        for place in places:
            curve, point = self._asked(place, cryptoki.EC_PARAMS), self._asked(place, cryptoki.EC_POINT)
            if curve and bytes(curve) != _CURVE:
                raise BadKey(f"the key of the token {self.label!r} is not on the curve of SM2 (1.2.156.10197.1.301)")
            if point:
                return _point(bytes(point))
        raise BadKey(f"the token {self.label!r} shows no public key with the id or the label of the private one")

    def _asked(self, place: int, kind: int) -> bytearray:
        try:
            return self._library.attribute(self.session, place, kind)
        except Refused:
            return bytearray()

    def __enter__(self) -> Token:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class TokenKey:
    """A private key that stays in its token: what ``goxray.vault.bundle`` asks of one that opens, or that signs.

    Attributes:
        public: Its public key.
    """

    def __init__(self, token: Token, library: Library, handle: int, public: sm2.Public, mechanism: int) -> None:
        self._token = token
        self._library = library
        self._handle = handle
        self._mechanism = mechanism
        self.public = public

    @property
    def key_id(self) -> str:
        """The name of the key, which is that of its public part."""
        return self.public.key_id

    @property
    def signs(self) -> bool:
        """Whether a mechanism for signatures was named."""
        return self._mechanism != 0

    def decrypt(self, c1c3c2: bytes) -> bytearray:
        """Decrypt C1C3C2; the caller may wipe what comes back.

        Raises:
            NotAuthentic: It was made for another key, or changed since, or is no such ciphertext.
            NotOffered: The token cannot derive with this key.
            BadKey: The token was closed.
        """
        try:
            sm2.c1c3c2_to_der(
                c1c3c2
            )  # a point that is not on the curve never reaches the token: its answers would tell
        except BadEncoding as error:
            raise NotAuthentic(str(error)) from None
        point = bytes(c1c3c2[:_POINT_BYTES])
        refused: Refused | None = None
        for form in (point, der.value(der.OCTETS, point)):
            try:
                shared = self._library.derive(self._token.session, self._handle, form, _COORDINATE)
            except Refused as error:
                if error.code not in cryptoki.FORM_REFUSED:
                    raise self._cannot("derive by CKM_ECDH1_DERIVE", error) from None
                refused = error
                continue
            try:
                text = _opened(shared, c1c3c2)
            finally:
                wipe(shared)
            if text is not None:
                return text
            refused = None
        if refused is not None:
            raise self._cannot("derive by CKM_ECDH1_DERIVE", refused)
        raise NotAuthentic("the token's key does not open this: it was wrapped for another key, or changed since")

    def sign(self, message: bytes, signer_id: bytes = sm2.DEFAULT_ID) -> bytes:
        """Sign with SM3 by the maker's mechanism; return r and s in DER, which were checked.

        Raises:
            NotOffered: No mechanism was given, or the token does not sign by it as SM2 does.
            BadKey: The token was closed.
        """
        if not self._mechanism:
            told = f"the token {self._token.label!r} signs by a mechanism of its maker, and none was named"
            raise NotOffered(told, hint="PKCS #11 has no number for SM2: its maker's manual has")
        digest = sm3.digest(sm2_verify.za(signer_id, self.public.x, self.public.y), message)
        try:
            made = self._library.sign(self._token.session, self._handle, self._mechanism, digest)
        except Refused as error:
            raise self._cannot(f"sign by the mechanism {self._mechanism:#x}", error) from None
        try:
            signature = sm2.signature_from_raw(made) if len(made) == 2 * _COORDINATE else made
            good = self.public.verify(message, signature, signer_id)
        except BadEncoding:
            good = False
        if not good:
            made_by = f"the token {self._token.label!r} made by the mechanism {self._mechanism:#x}"
            told = f"what {made_by} is no signature of SM2 over SM3's digest"
            raise NotOffered(told, hint="ask its maker for the mechanism that signs a digest")
        return signature

    def _cannot(self, what: str, error: Refused) -> NotOffered:
        return NotOffered(f"the token {self._token.label!r} cannot {what} with this key: {error}")

    def __repr__(self) -> str:
        return f"TokenKey({self.key_id})"


def open_token(path: Path, pin: bytearray, *, label: str = "", serial: str = "") -> Token:
    """Log in to a token.

    Args:
        path: The library that came with it.
        pin: The user's PIN; the caller wipes it.
        label: The token's label; any, if empty.
        serial: Its serial number; any, if empty.

    Raises:
        NotOffered: The library is none of PKCS #11.
        UsageError: There is no such token, or more than one; no PIN.
        WrongPassphrase: The PIN is wrong. Tokens lock after a few wrong ones, so it is never tried twice.
        Refused: The token refuses otherwise.
    """
    return token_of(cryptoki.load(path), pin, label=label, serial=serial)


def token_of(library: Library, pin: bytearray, *, label: str = "", serial: str = "") -> Token:
    """``open_token`` of a library that is loaded."""
    if not pin:
        raise UsageError("a token wants its PIN")
    slots = library.slots()
    found = [one for one in slots if label in ("", one.label) and serial in ("", one.serial)]
    if len(found) != 1:
        there = ", ".join(f"{one.label!r} ({one.serial})" for one in slots) or "none"
        many = f"{len(found)} tokens fit" if found else "no such token"
        raise UsageError(f"{many}; {library.path} has: {there}", hint="name one by its label or its serial number")
    return Token(library, library.open_session(found[0], pin), found[0].label)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a token is, as the environment names it.

    Attributes:
        library: The library that came with it.
        label: The token's label; empty for the only one.
        mechanism: The maker's number of SM2 signatures; 0 where its keys are to open alone.
    """

    library: Path
    label: str
    mechanism: int

    @classmethod
    def named(cls) -> Place | None:
        """Read GOXRAY_PKCS11, GOXRAY_PKCS11_TOKEN and GOXRAY_PKCS11_SIGNS; nothing where the first is not set.

        Raises:
            UsageError: The last is no number.
        """
        library = os.environ.get(LIBRARY_VARIABLE, "")
        if not library:
            return None
        number = os.environ.get(SIGNS_VARIABLE, "") or "0"
        try:
            mechanism = int(number, 0)
        except ValueError:
            raise UsageError(f"{SIGNS_VARIABLE} is {number!r}: a mechanism is a number such as 0x80000001") from None
        return cls(Path(library), os.environ.get(TOKEN_VARIABLE, ""), mechanism)

    @contextmanager
    def key(self, public: sm2.Public, pin: bytearray) -> Iterator[TokenKey]:
        """Give the private key of a public one, as long as the block lasts; the caller wipes the PIN."""
        with open_token(self.library, pin, label=self.label) as token:
            yield token.key_for(public, mechanism=self.mechanism)


def _point(held: bytes) -> sm2.Public:
    """Read CKA_EC_POINT: an OCTET STRING in DER, or, as some tokens have it, the bare point."""
    if len(held) != _POINT_BYTES:
        reader = der.Reader(held, "the token's public key")
        held = bytes(reader.take(der.OCTETS))
        reader.end()
    return sm2.Public.from_point(held)


def _opened(shared: bytearray, c1c3c2: bytes) -> bytearray | None:
    """Decrypt with x2 (GB/T 32918.4-2016, 7.1, steps B3 to B7); nothing where C3 fits neither sign of y2."""
    x = int.from_bytes(shared, "big")
    square = (x * x * x + sm2_verify.A * x + sm2_verify.B) % sm2_verify.P
    root = pow(square, (sm2_verify.P + 1) // 4, sm2_verify.P)  # P is 3 modulo 4
    if len(shared) != _COORDINATE or not sm2_verify.on_curve(x, root):
        return None
    sealed = c1c3c2[_DIGEST.stop :]
    for y in (root, sm2_verify.P - root):
        second = bytearray(y.to_bytes(_COORDINATE, "big"))
        stream = _stretched(shared, second, len(sealed))
        text = bytearray(one ^ two for one, two in zip(sealed, stream, strict=True))
        fits = any(stream) and sm3.same(sm3.digest(shared, text, second), c1c3c2[_DIGEST])
        wipe(stream)
        wipe(second)
        if fits:
            return text
        wipe(text)
    return None


def _stretched(x: bytearray, y: bytearray, length: int) -> bytearray:
    """The key derivation of SM2 (GB/T 32918.4-2016, 5.4.3): SM3 over both coordinates and a counter from 1."""
    made = bytearray()
    for count in range(1, length // sm3.DIGEST_BYTES + 2):
        made += sm3.digest(x, y, count.to_bytes(4, "big"))
    made[length:] = bytes(len(made) - length)
    del made[length:]
    return made
