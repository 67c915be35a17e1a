"""SM2 (GB/T 32918): keys that sign, verify, encrypt and decrypt. Everything secret happens inside libcrypto.

A signature binds the signer's ID (GB/T 32918.2-2016, 5.5): keep it beside each signature. Ciphertexts have two forms,
C1C3C2 as plain bytes (GB/T 32918.4-2016) and DER (GM/T 0009); goxray stores the former.
"""

from __future__ import annotations

from functools import cached_property
from types import TracebackType
from typing import NoReturn

from goxray.core.errors import BadEncoding, BadKey, NotAuthentic, NotOffered, UsageError
from goxray.vault import der, libcrypto, sm2_verify, sm3
from goxray.vault.secrets import wipe

DEFAULT_ID = b"1234567812345678"
"""The signer's ID where none was agreed on (GM/T 0009-2012, chapter 10)."""

PRIVATE_BYTES = 32
_SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")
"""What stands before the point: id-ecPublicKey (1.2.840.10045.2.1), the curve sm2p256v1 (1.2.156.10197.1.301)."""

_PKCS8 = bytes.fromhex("308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420")
_PKCS8_PUBLIC = bytes.fromhex("a144034200")
_POINT_BYTES = 65
_WRAP_BYTES = _POINT_BYTES + sm3.DIGEST_BYTES


class Public:
    """A public key: a point of the curve. Two are equal when their points are.

    Args:
        x: First coordinate.
        y: Second coordinate.

    Raises:
        BadKey: The point is not one of the curve.
    """

    def __init__(self, x: int, y: int) -> None:
        if not sm2_verify.on_curve(x, y):
            raise BadKey("the public key is no point of the curve of SM2")
        self.x = x
        self.y = y

    @classmethod
    def from_point(cls, point: bytes) -> Public:
        """Read a point of 65 bytes: 04 and both coordinates."""
        if len(point) != _POINT_BYTES or point[0] != 4:
            raise BadEncoding("the public key is no uncompressed point: 04 and two times 32 bytes")
        return cls(int.from_bytes(point[1:33], "big"), int.from_bytes(point[33:], "big"))

    @classmethod
    def from_spki(cls, spki: bytes) -> Public:
        """Read a SubjectPublicKeyInfo (RFC 5280, 4.1.2.7) in DER.

        Raises:
            BadEncoding: It is none of an SM2 key with an uncompressed point.
            BadKey: The point is not one of the curve.
        """
        if not spki.startswith(_SPKI):
            raise BadEncoding("the public key is no SubjectPublicKeyInfo of a key on the curve sm2p256v1")
        return cls.from_point(spki[len(_SPKI) :])

    @classmethod
    def from_pem(cls, text: str) -> Public:
        """Read the PEM form of a SubjectPublicKeyInfo ("PUBLIC KEY")."""
        return cls.from_spki(der.from_pem(text, "PUBLIC KEY", "the public key")[0])

    @property
    def point(self) -> bytes:
        """The point, 65 bytes."""
        return b"\x04" + self.x.to_bytes(32, "big") + self.y.to_bytes(32, "big")

    def spki(self) -> bytes:
        """Return the SubjectPublicKeyInfo in DER; a key has exactly one here."""
        return _SPKI + self.point

    def pem(self) -> str:
        """Return the SubjectPublicKeyInfo as PEM."""
        return der.pem("PUBLIC KEY", self.spki())

    @cached_property
    def key_id(self) -> str:
        """The name of the key: the first 16 bytes of SM3 over its SubjectPublicKeyInfo, in hex."""
        return sm3.digest(self.spki())[:16].hex()

    def verify(self, message: bytes, signature: bytes, signer_id: bytes = DEFAULT_ID) -> bool:
        """Say whether the signature (DER) is that of this key's holder under this ID; malformed ones are not.

        Without a libcrypto that will do, Python checks it itself, some ten times slower, with the same answer.
        """
        _check_id(signer_id)
        try:
            r, s = signature_numbers(signature)
        except BadEncoding:
            return False
        try:
            library = libcrypto.load()
        except NotOffered:
            return sm2_verify.verify(self.x, self.y, message, r, s, signer_id)
        return library.verify(self._held(library), bytes(message), signature, signer_id)

    def encrypt(self, text: bytes | bytearray) -> bytes:
        """Encrypt, 1 byte or more; return C1C3C2 as plain bytes, 97 longer than the text.

        Raises:
            NotOffered: No libcrypto that will do is here.
        """
        if not text:
            raise UsageError("SM2 encrypts one byte or more")
        library = libcrypto.load()
        return c1c3c2_from_der(library.encrypt(self._held(library), bytes(text)))

    def _held(self, library: libcrypto.Library) -> libcrypto.Key:
        return library.public(self.spki())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Public) and (self.x, self.y) == (other.x, other.y)

    def __hash__(self) -> int:
        return hash((self.x, self.y))

    def __repr__(self) -> str:
        return f"Public({self.key_id})"


class Private:
    """A private key. Its number stays inside libcrypto; it shows only its ``key_id``, and cannot be pickled or copied.

    Close it, or use it with ``with``: the library then wipes and frees the number.
    """

    signs = True
    """Whether it can sign: a key that stays in a token may open alone (``goxray.vault.pkcs11``)."""

    def __init__(self, key: libcrypto.Key, library: libcrypto.Library) -> None:
        self._key = key
        self._library = library
        self.public = Public.from_spki(library.spki(key))

    @classmethod
    def from_pkcs8(cls, data: bytearray | memoryview) -> Private:
        """Read an unencrypted PKCS #8 (RFC 5958) in DER; the caller wipes it.

        Raises:
            BadKey: It is no SM2 key, or private and public part do not belong together.
            NotOffered: No libcrypto that will do is here.
        """
        library = libcrypto.load()
        return cls(library.private(data), library)

    @property
    def key_id(self) -> str:
        """The name of the key, which is that of its public part."""
        return self.public.key_id

    def sign(self, message: bytes, signer_id: bytes = DEFAULT_ID) -> bytes:
        """Sign with SM3; return r and s in DER.

        Args:
            message: What is signed.
            signer_id: 1 to 8190 bytes; whoever verifies must know them.

        Raises:
            UsageError: The ID has another length.
            BadKey: The key was closed.
        """
        _check_id(signer_id)
        return self._library.sign(self._key, bytes(message), signer_id)

    def decrypt(self, c1c3c2: bytes) -> bytearray:
        """Decrypt C1C3C2; the caller may wipe what comes back.

        Raises:
            NotAuthentic: It was made for another key, or changed since, or is no such ciphertext.
            BadKey: The key was closed.
        """
        try:
            sealed = c1c3c2_to_der(c1c3c2)
        except BadEncoding as error:
            raise NotAuthentic(str(error)) from None
        return self._library.decrypt(self._key, sealed)

    def pkcs8(self) -> bytearray:
        """Return the key as unencrypted PKCS #8 in DER, to be encrypted at once; the caller wipes it."""
        held = self._library.private_der(self._key)
        try:
            number = _private_number(held)
            made = bytearray(_PKCS8)
            made += number
            made += _PKCS8_PUBLIC + self.public.point
            number.release()
            return made
        finally:
            wipe(held)

    def close(self) -> None:
        """Wipe and free the number inside libcrypto; more than once does no harm."""
        self._key.close()

    def __enter__(self) -> Private:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __reduce__(self) -> NoReturn:
        raise TypeError("a private key is neither copied nor pickled")

    def __repr__(self) -> str:
        return f"Private({self.key_id})"


def generate() -> Private:
    """Make a new key with the library's random numbers.

    Raises:
        NotOffered: No libcrypto that will do is here.
    """
    library = libcrypto.load()
    return Private(library.generate(), library)


def signature_numbers(signature: bytes) -> tuple[int, int]:
    """Return r and s of a signature in DER (GM/T 0009-2012, 7.3).

    Raises:
        BadEncoding: It is none; also where a number is not between 1 and the order of the curve.
    """
    outer = der.Reader(signature, "the signature")
    inner = outer.inside()
    outer.end()
    r, s = inner.integer(), inner.integer()
    inner.end()
    if not (0 < r < sm2_verify.N and 0 < s < sm2_verify.N):
        raise outer.bad("a number that no signature has")
    return r, s


def signature_to_raw(signature: bytes) -> bytes:
    """Turn a signature in DER into its other form: r and s, 32 bytes each."""
    r, s = signature_numbers(signature)
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def signature_from_raw(raw: bytes) -> bytes:
    """Turn r and s, 32 bytes each, into DER.

    Raises:
        BadEncoding: The length is another, or a number is none that a signature has.
    """
    if len(raw) != 64:
        raise BadEncoding(f"a raw signature has 64 bytes, not {len(raw)}")
    made = der.value(der.SEQUENCE, *(der.integer(int.from_bytes(part, "big")) for part in (raw[:32], raw[32:])))
    signature_numbers(made)
    return made


def c1c3c2_to_der(plain: bytes) -> bytes:
    """Turn a ciphertext of plain bytes (point, SM3, text) into DER (GM/T 0009-2012, 7.2).

    Raises:
        BadEncoding: It is too short, or its point is not one of the curve.
    """
    if len(plain) <= _WRAP_BYTES:
        raise BadEncoding(f"a ciphertext of SM2 has more than {_WRAP_BYTES} bytes, not {len(plain)}")
    x, y = int.from_bytes(plain[1:33], "big"), int.from_bytes(plain[33:_POINT_BYTES], "big")
    if plain[0] != 4 or not sm2_verify.on_curve(x, y):
        raise BadEncoding("the ciphertext does not begin with an uncompressed point of the curve of SM2")
    mixed, text = plain[_POINT_BYTES:_WRAP_BYTES], plain[_WRAP_BYTES:]
    return der.value(
        der.SEQUENCE, der.integer(x), der.integer(y), der.value(der.OCTETS, mixed), der.value(der.OCTETS, text)
    )


def c1c3c2_from_der(sealed: bytes) -> bytes:
    """Turn a ciphertext in DER into plain bytes.

    Raises:
        BadEncoding: It is none, or its point is not one of the curve.
    """
    outer = der.Reader(sealed, "the ciphertext")
    inner = outer.inside()
    outer.end()
    x, y, mixed, text = inner.integer(), inner.integer(), inner.take(der.OCTETS), inner.take(der.OCTETS)
    inner.end()
    if len(mixed) != sm3.DIGEST_BYTES or not len(text):
        raise outer.bad("its digest or its text has a length that is not possible")
    if not sm2_verify.on_curve(x, y):
        raise outer.bad("its point is not one of the curve")
    return b"".join((b"\x04", x.to_bytes(32, "big"), y.to_bytes(32, "big"), mixed, text))


def _check_id(signer_id: bytes) -> None:
    if not 1 <= len(signer_id) <= sm2_verify.ID_LIMIT:
        raise UsageError(f"a signer's ID has 1 to {sm2_verify.ID_LIMIT} bytes, not {len(signer_id)}")


def _private_number(held: bytearray) -> memoryview:
    """Return a view of the 32 bytes of the private number in what libcrypto wrote: SEC 1, or PKCS #8 around it."""
    inner = der.Reader(held, "the private key").inside()
    if inner.integer() == 0:
        inner.inside()
        inner = der.Reader(inner.take(der.OCTETS), "the private key").inside()
        inner.integer()
    number = inner.take(der.OCTETS)
    if len(number) != PRIVATE_BYTES:
        raise inner.bad(f"its number has {len(number)} bytes")
    return number
