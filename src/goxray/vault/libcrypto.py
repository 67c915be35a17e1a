"""The thin binding of OpenSSL's libcrypto for SM2: it loads, declares and turns errors into ours. It decides nothing.

The functions are those of OpenSSL 3.0 and later (EVP; manual pages EVP_PKEY_fromdata to EVP_PKEY_CTX_set1_id in
section 3). Older ones are refused: 1.1.1 keeps SM2 behind macros and another type of key, and no longer gets repairs.
"""

from __future__ import annotations

import ctypes
import os
import weakref
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_size_t, c_uint64, c_ulong, c_void_p
from functools import cache

from goxray.core.errors import BadKey, GoxrayError, NotAuthentic, NotOffered

PLACE = "GOXRAY_LIBCRYPTO"
"""Environment variable: the path of the libcrypto to use instead of the ones that are looked for."""

NAMES = ("libcrypto.so.3", "libcrypto.so.4", "libcrypto.3.dylib", "libcrypto.so.1.1")
"""What is looked for, in this order. The last is only found to say that it is too old."""

_OLDEST = 0x30000000
_WORDS_OF_ERRORS = 2
"""OPENSSL_INIT_LOAD_CRYPTO_STRINGS of openssl/crypto.h: errors come with words and not only with numbers."""

_WAY_OUT = f"install OpenSSL 3.0 or later built with SM2, or name such a libcrypto in {PLACE}"
_TEXT, _SIZE = c_char_p, POINTER(c_size_t)
_FUNCTIONS: tuple[tuple[str, object, tuple[object, ...]], ...] = (
    ("OPENSSL_init_crypto", c_int, (c_uint64, c_void_p)),
    ("ERR_clear_error", None, ()),
    ("ERR_get_error", c_ulong, ()),
    ("ERR_error_string_n", None, (c_ulong, c_char_p, c_size_t)),
    ("RAND_priv_bytes", c_int, (c_void_p, c_int)),
    ("EVP_PKEY_free", None, (c_void_p,)),
    ("EVP_PKEY_is_a", c_int, (c_void_p, _TEXT)),
    ("EVP_PKEY_CTX_free", None, (c_void_p,)),
    ("EVP_PKEY_CTX_new_from_name", c_void_p, (c_void_p, _TEXT, _TEXT)),
    ("EVP_PKEY_CTX_new_from_pkey", c_void_p, (c_void_p, c_void_p, _TEXT)),
    ("EVP_PKEY_keygen_init", c_int, (c_void_p,)),
    ("EVP_PKEY_generate", c_int, (c_void_p, POINTER(c_void_p))),
    ("EVP_MD_fetch", c_void_p, (c_void_p, _TEXT, _TEXT)),
    ("EVP_MD_free", None, (c_void_p,)),
    ("EVP_PKEY_check", c_int, (c_void_p,)),
    ("EVP_PKEY_CTX_set1_id", c_int, (c_void_p, c_char_p, c_int)),
    ("EVP_PKEY_encrypt_init", c_int, (c_void_p,)),
    ("EVP_PKEY_encrypt", c_int, (c_void_p, c_void_p, _SIZE, c_char_p, c_size_t)),
    ("EVP_PKEY_decrypt_init", c_int, (c_void_p,)),
    ("EVP_PKEY_decrypt", c_int, (c_void_p, c_void_p, _SIZE, c_char_p, c_size_t)),
    ("EVP_MD_CTX_new", c_void_p, ()),
    ("EVP_MD_CTX_free", None, (c_void_p,)),
    (
        "EVP_DigestSignInit_ex",
        c_int,
        (c_void_p, POINTER(c_void_p), _TEXT, c_void_p, _TEXT, c_void_p, c_void_p),
    ),
    ("EVP_DigestSign", c_int, (c_void_p, c_void_p, _SIZE, c_char_p, c_size_t)),
    (
        "EVP_DigestVerifyInit_ex",
        c_int,
        (c_void_p, POINTER(c_void_p), _TEXT, c_void_p, _TEXT, c_void_p, c_void_p),
    ),
    ("EVP_DigestVerify", c_int, (c_void_p, c_char_p, c_size_t, c_char_p, c_size_t)),
    ("d2i_PUBKEY", c_void_p, (c_void_p, POINTER(c_void_p), c_long)),
    ("i2d_PUBKEY", c_int, (c_void_p, POINTER(c_void_p))),
    ("d2i_AutoPrivateKey", c_void_p, (c_void_p, POINTER(c_void_p), c_long)),
    ("i2d_PrivateKey", c_int, (c_void_p, POINTER(c_void_p))),
)


class Key:
    """An SM2 key inside the library; it is freed there, and its private number wiped, with this object or before.

    Attributes:
        pointer: The EVP_PKEY; None once it was freed.
    """

    def __init__(self, library: Library, pointer: int) -> None:
        self.pointer: int | None = pointer
        self._end = weakref.finalize(self, library.free, pointer)

    def close(self) -> None:
        """Free it now; more than once does no harm."""
        self.pointer = None
        self._end()

    def held(self) -> int:
        """Return the pointer.

        Raises:
            BadKey: The key was closed.
        """
        if self.pointer is None:
            raise BadKey("the private key was closed: its bytes are no longer in memory")
        return self.pointer


class Library:
    """One libcrypto.

    Args:
        path: Its name for the loader, or its path.

    Attributes:
        path: As given.
        version: Major, minor and patch number.

    Raises:
        NotOffered: It cannot be loaded, is too old, or lacks SM2 or SM3.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            self._calls = ctypes.CDLL(path)
            asked = self._calls.OpenSSL_version_num
        except (OSError, AttributeError) as error:
            raise NotOffered(f"{path} cannot be loaded as libcrypto: {_first_line(error)}", hint=_WAY_OUT) from None
        asked.restype, asked.argtypes = c_ulong, ()
        number = int(asked())
        self.version = (number >> 28, number >> 20 & 0xFF, number >> 4 & 0xFF)
        if number < _OLDEST:
            said = self._calls.OpenSSL_version
            said.restype, said.argtypes = c_char_p, (c_int,)
            told = (said(0) or b"unnamed").decode("ascii", "replace")
            raise NotOffered(f"{path} is {told}: SM2 is used of OpenSSL 3.0 and later", hint=_WAY_OUT)
        for name, result, arguments in _FUNCTIONS:
            try:
                function = getattr(self._calls, name)
            except AttributeError:
                raise NotOffered(f"{path} lacks the function {name}", hint=_WAY_OUT) from None
            function.restype, function.argtypes = result, arguments
        self._calls.OPENSSL_init_crypto(_WORDS_OF_ERRORS, None)
        context = self._calls.EVP_PKEY_CTX_new_from_name(None, b"SM2", None)
        digest = self._calls.EVP_MD_fetch(None, b"SM3", None)
        self._calls.EVP_PKEY_CTX_free(context)
        self._calls.EVP_MD_free(digest)
        self._calls.ERR_clear_error()
        if not context or not digest:
            raise NotOffered(f"{path} was built without SM2 or its provider is switched off", hint=_WAY_OUT)

    def free(self, pointer: int) -> None:
        """Free an EVP_PKEY; the library wipes the private number (BN_clear_free)."""
        self._calls.EVP_PKEY_free(pointer)

    def random(self, length: int) -> bytearray:
        """Return random bytes of the library's generator for secrets."""
        made = bytearray(length)
        if length and self._calls.RAND_priv_bytes(_within(made), length) != 1:
            raise self._failed("no random numbers")
        return made

    def generate(self) -> Key:
        """Make a new private key."""
        context, pointer = self._calls.EVP_PKEY_CTX_new_from_name(None, b"SM2", None), c_void_p()
        try:
            done = context and self._calls.EVP_PKEY_keygen_init(context) == 1
            if not done or self._calls.EVP_PKEY_generate(context, byref(pointer)) != 1 or not pointer.value:
                raise self._failed("no key was made")
        finally:
            self._calls.EVP_PKEY_CTX_free(context)
        return Key(self, pointer.value)

    def public(self, spki: bytes) -> Key:
        """Read a public key (SubjectPublicKeyInfo in DER).

        Raises:
            BadKey: The library does not read it as one of SM2.
        """
        held = bytearray(spki)
        return self._read(self._calls.d2i_PUBKEY, held, "the public key")

    def private(self, pkcs8: bytearray | memoryview) -> Key:
        """Read a private key (PKCS #8 in DER) and hold that private and public part belong together.

        Raises:
            BadKey: The library does not read it as one of SM2, or the parts do not belong together.
        """
        key = self._read(self._calls.d2i_AutoPrivateKey, pkcs8, "the private key")
        context = self._calls.EVP_PKEY_CTX_new_from_pkey(None, key.held(), None)
        try:
            if not context or self._calls.EVP_PKEY_check(context) != 1:
                raise BadKey(f"the private key is damaged: {self._reason()}")
        finally:
            self._calls.EVP_PKEY_CTX_free(context)
        return key

    def spki(self, key: Key) -> bytes:
        """Write the public part (SubjectPublicKeyInfo in DER)."""
        return bytes(self._write(self._calls.i2d_PUBKEY, key))

    def private_der(self, key: Key) -> bytearray:
        """Write a private key as the library does (SEC 1 or PKCS #8 in DER); the caller wipes the bytes."""
        return self._write(self._calls.i2d_PrivateKey, key)

    def sign(self, key: Key, message: bytes, signer_id: bytes) -> bytes:
        """Sign with SM3 and the signer's ID; return the signature in DER."""
        made, length = bytearray(128), c_size_t(128)
        context = self._calls.EVP_MD_CTX_new()
        try:
            self._begin(self._calls.EVP_DigestSignInit_ex, context, key, signer_id)
            if self._calls.EVP_DigestSign(context, _within(made), byref(length), message, len(message)) != 1:
                raise self._failed("nothing was signed")
        finally:
            self._calls.EVP_MD_CTX_free(context)
        return bytes(made[: length.value])

    def verify(self, key: Key, message: bytes, signature: bytes, signer_id: bytes) -> bool:
        """Say whether the signature in DER fits; one that is no DER at all does not."""
        context = self._calls.EVP_MD_CTX_new()
        try:
            self._begin(self._calls.EVP_DigestVerifyInit_ex, context, key, signer_id)
            done = self._calls.EVP_DigestVerify(context, signature, len(signature), message, len(message))
        finally:
            self._calls.EVP_MD_CTX_free(context)
            self._calls.ERR_clear_error()
        return bool(done == 1)

    def encrypt(self, key: Key, text: bytes) -> bytes:
        """Encrypt with SM3; return the ciphertext in DER (GM/T 0009)."""
        made, length = bytearray(len(text) + 256), c_size_t(len(text) + 256)
        context = self._calls.EVP_PKEY_CTX_new_from_pkey(None, key.held(), None)
        try:
            done = context and self._calls.EVP_PKEY_encrypt_init(context) == 1
            if not done or self._calls.EVP_PKEY_encrypt(context, _within(made), byref(length), text, len(text)) != 1:
                raise self._failed("nothing was encrypted")
        finally:
            self._calls.EVP_PKEY_CTX_free(context)
        return bytes(made[: length.value])

    def decrypt(self, key: Key, sealed: bytes) -> bytearray:
        """Decrypt a ciphertext in DER (GM/T 0009).

        Raises:
            NotAuthentic: It was not made for this key, or was changed since.
        """
        made, length = bytearray(len(sealed)), c_size_t(len(sealed))
        context = self._calls.EVP_PKEY_CTX_new_from_pkey(None, key.held(), None)
        try:
            if not context or self._calls.EVP_PKEY_decrypt_init(context) != 1:
                raise self._failed("nothing was decrypted")
            done = self._calls.EVP_PKEY_decrypt(context, _within(made), byref(length), sealed, len(sealed))
        finally:
            self._calls.EVP_PKEY_CTX_free(context)
            self._calls.ERR_clear_error()
        if done != 1:
            raise NotAuthentic("the private key does not open this: it was wrapped for another key, or changed since")
        text = made[: length.value]
        made[:] = bytes(len(made))
        return text

    def _begin(self, init: ctypes._NamedFuncPointer, context: int | None, key: Key, signer_id: bytes) -> None:
        inner = c_void_p()
        done = context and init(context, byref(inner), b"SM3", None, None, key.held(), None) == 1
        if not done or self._calls.EVP_PKEY_CTX_set1_id(inner, signer_id, len(signer_id)) != 1:
            raise self._failed("the signer's ID was not taken")

    def _read(self, function: ctypes._NamedFuncPointer, data: bytearray | memoryview, what: str) -> Key:
        start = c_void_p(ctypes.addressof(_within(data))) if data else c_void_p()
        pointer = function(None, byref(start), len(data))
        if not pointer:
            raise BadKey(f"{what} is not read by libcrypto: {self._reason()}")
        key = Key(self, pointer)
        if self._calls.EVP_PKEY_is_a(pointer, b"SM2") != 1:
            raise BadKey(f"{what} is none of SM2")
        return key

    def _write(self, function: ctypes._NamedFuncPointer, key: Key) -> bytearray:
        length = function(key.held(), None)
        made = bytearray(max(length, 0))
        if length > 0:
            start = c_void_p(ctypes.addressof(_within(made)))
            length = function(key.held(), byref(start))
        if length <= 0:
            raise self._failed("the key was not written")
        return made

    def _failed(self, what: str) -> GoxrayError:
        return GoxrayError(f"libcrypto: {what}: {self._reason()}", hint=f"the library is {self.path}; see {PLACE}")

    def _reason(self) -> str:
        """Return the words of the oldest error in the library's queue, and empty the queue."""
        code, words = self._calls.ERR_get_error(), ctypes.create_string_buffer(256)
        self._calls.ERR_error_string_n(code, words, len(words))
        self._calls.ERR_clear_error()
        return words.value.decode("ascii", "replace") if code else "it gives no reason"


def load() -> Library:
    """Return the libcrypto of this machine, or the one that the environment names.

    Raises:
        NotOffered: There is none that will do; the message says why, the hint what to install.
    """
    return _loaded(os.environ.get(PLACE, ""))


@cache
def _loaded(place: str) -> Library:
    if place:
        return Library(place)
    refused: NotOffered | None = None
    for name in NAMES:
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        try:
            return Library(name)
        except NotOffered as error:
            refused = refused or error
    raise refused or NotOffered("no libcrypto is installed here, and SM2 comes from it", hint=_WAY_OUT)


def _within(data: bytearray | memoryview) -> ctypes.Array[ctypes.c_char]:
    """Return the bytes of an array as C sees them; while this lives, the array keeps its length."""
    return (ctypes.c_char * len(data)).from_buffer(data)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
