"""The thin binding of PKCS #11 (OASIS, version 2.40): loads a token's library, declares, turns refusals into errors.

Structures and numbers are those of the standard's header pkcs11t.h; the place of each function in the list that
C_GetFunctionList gives is that of pkcs11f.h. Nothing is decided here.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from ctypes import POINTER, Structure, byref, c_char, c_char_p, c_ubyte, c_ulong, c_void_p
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from goxray.core.errors import GoxrayError, NotOffered, WrongPassphrase

CLASS, TOKEN, LABEL, VALUE, KEY_TYPE, ID = 0x000, 0x001, 0x003, 0x011, 0x100, 0x102
SENSITIVE, VALUE_LEN, EXTRACTABLE, EC_PARAMS, EC_POINT = 0x103, 0x161, 0x162, 0x180, 0x181
"""Attributes (CKA_*)."""

PUBLIC_KEY, PRIVATE_KEY, SECRET_KEY = 2, 3, 4
"""Classes of objects (CKO_*)."""

GENERIC_SECRET = 0x10
"""Type of key (CKK_GENERIC_SECRET)."""

ECDH1_DERIVE, NO_KDF = 0x1050, 1
"""CKM_ECDH1_DERIVE and CKD_NULL: the first coordinate of the shared point comes as it is."""

FORM_REFUSED = frozenset({0x05, 0x06, 0x07, 0x20, 0x21, 0x71, 0x1B9})
"""What tokens say of a point in a form that they do not take: CKR_GENERAL_ERROR, CKR_FUNCTION_FAILED,
CKR_ARGUMENTS_BAD, CKR_DATA_INVALID, CKR_DATA_LEN_RANGE, CKR_MECHANISM_PARAM_INVALID, CKR_PUBLIC_KEY_INVALID."""

_PIN_INCORRECT, _PIN_RANGE, _PIN_LOCKED = 0xA0, 0xA2, 0xA4
_ALREADY_LOGGED_IN, _ALREADY_INITIALIZED = 0x100, 0x191
_USER, _SERIAL_SESSION, _OS_LOCKING, _TOKEN_INITIALIZED = 1, 4, 2, 0x400
_FOUND_LIMIT, _SIGNATURE_LIMIT, _ATTRIBUTE_LIMIT = 64, 256, 1 << 16
_WORDS = {
    0x02: "its memory is full",
    0x05: "it failed",
    0x06: "it failed",
    0x07: "it does not take an argument",
    0x12: "it does not know one of the attributes asked for",
    0x30: "the device failed",
    0x31: "the device's memory is full",
    0x32: "the token was taken out",
    0x54: "it has not this function",
    0x62: "the key has another size than is asked for",
    0x63: "the key is of another type than is asked for",
    0x68: "the key may not be used for this: see its attributes CKA_DERIVE and CKA_SIGN",
    0x70: "it has not this mechanism, or not for this key",
    0x71: "it does not take the mechanism's parameter",
    0xE0: "there is no token in the slot",
    0xE1: "the token in the slot is not known to it",
    0x101: "nobody is logged in",
}
"""What refusals mean (CKR_*)."""


class _Version(Structure):
    _fields_ = [("major", c_ubyte), ("minor", c_ubyte)]


class Attribute(Structure):
    """CK_ATTRIBUTE."""

    _fields_ = [("kind", c_ulong), ("value", c_void_p), ("length", c_ulong)]


class Mechanism(Structure):
    """CK_MECHANISM."""

    _fields_ = [("kind", c_ulong), ("parameter", c_void_p), ("length", c_ulong)]


class Ecdh1(Structure):
    """CK_ECDH1_DERIVE_PARAMS."""

    _fields_ = [
        ("kdf", c_ulong),
        ("shared_length", c_ulong),
        ("shared", c_void_p),
        ("public_length", c_ulong),
        ("public", c_void_p),
    ]


class _TokenInfo(Structure):
    _fields_ = [
        ("label", c_char * 32),
        ("manufacturer", c_char * 32),
        ("model", c_char * 16),
        ("serial", c_char * 16),
        ("flags", c_ulong),
        ("counts", c_ulong * 10),
        ("hardware", _Version),
        ("firmware", _Version),
        ("time", c_char * 16),
    ]


class _Initialize(Structure):
    _fields_ = [("mutexes", c_void_p * 4), ("flags", c_ulong), ("reserved", c_void_p)]


class FunctionList(Structure):
    """CK_FUNCTION_LIST of version 2: its version, and 68 functions of which each has its place."""

    _fields_ = [("standard", _Version), ("functions", c_void_p * 68)]


_HANDLE, _BYTES, _COUNT = c_ulong, c_void_p, POINTER(c_ulong)
FUNCTIONS: Mapping[str, tuple[int, tuple[Any, ...]]] = {
    "C_Initialize": (0, (c_void_p,)),
    "C_GetSlotList": (4, (c_ubyte, c_void_p, _COUNT)),
    "C_GetTokenInfo": (6, (c_ulong, POINTER(_TokenInfo))),
    "C_OpenSession": (12, (c_ulong, c_ulong, c_void_p, c_void_p, _COUNT)),
    "C_CloseSession": (13, (_HANDLE,)),
    "C_Login": (18, (_HANDLE, c_ulong, _BYTES, c_ulong)),
    "C_Logout": (19, (_HANDLE,)),
    "C_DestroyObject": (22, (_HANDLE, _HANDLE)),
    "C_GetAttributeValue": (24, (_HANDLE, _HANDLE, POINTER(Attribute), c_ulong)),
    "C_FindObjectsInit": (26, (_HANDLE, POINTER(Attribute), c_ulong)),
    "C_FindObjects": (27, (_HANDLE, c_void_p, c_ulong, _COUNT)),
    "C_FindObjectsFinal": (28, (_HANDLE,)),
    "C_SignInit": (42, (_HANDLE, POINTER(Mechanism), _HANDLE)),
    "C_Sign": (43, (_HANDLE, _BYTES, c_ulong, _BYTES, _COUNT)),
    "C_DeriveKey": (62, (_HANDLE, POINTER(Mechanism), _HANDLE, POINTER(Attribute), c_ulong, _COUNT)),
}
"""The functions that are used: the place in the list, and the arguments. Each returns CK_RV."""


class Refused(GoxrayError):
    """A token's library refused something.

    Attributes:
        code: The number that it gave (CKR_*).
    """

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot with a token in it.

    Attributes:
        number: How the library names the slot.
        label: The token's label.
        serial: Its serial number.
    """

    number: int
    label: str
    serial: str


class Library:
    """A token's library; it stays loaded and initialized until the process ends, since others may use it too.

    Args:
        functions: Its list of functions.
        path: Where it came from, for messages.

    Raises:
        Refused: It does not start.
    """

    def __init__(self, functions: FunctionList, path: str) -> None:
        self.path = path
        self._kept = functions
        self._calls = {
            name: ctypes.CFUNCTYPE(c_ulong, *arguments)(functions.functions[place] or 0)
            for name, (place, arguments) in FUNCTIONS.items()
        }
        missing = [name for name, (place, _) in FUNCTIONS.items() if not functions.functions[place]]
        if missing:
            raise NotOffered(f"{path} lacks {missing[0]}, which PKCS #11 has since version 2.0")
        self.call("C_Initialize", byref(_Initialize(flags=_OS_LOCKING)), fine=(_ALREADY_INITIALIZED,))

    def call(self, name: str, *arguments: object, fine: Sequence[int] = ()) -> int:
        """Call a function; return CKR_OK or one of the numbers that are as good.

        Raises:
            WrongPassphrase: The PIN is wrong or locked.
            Refused: Any other refusal.
        """
        code = int(self._calls[name](*arguments))
        if code == 0 or code in fine:
            return code
        if code in (_PIN_INCORRECT, _PIN_RANGE):
            raise WrongPassphrase("the token does not take this PIN", hint="tokens lock after a few wrong ones")
        if code == _PIN_LOCKED:
            raise WrongPassphrase(
                "the token's PIN is locked: too many wrong ones", hint="its security officer unlocks it"
            )
        told = _WORDS.get(code, "its reason is not one of those known here")
        raise Refused(f"{self.path}: {name}: {told} (CKR {code:#x})", code)

    def slots(self) -> list[Slot]:
        """Return the slots with a token that was set up."""
        count = c_ulong()
        self.call("C_GetSlotList", 1, None, byref(count))
        numbers = (c_ulong * max(count.value, 1))()
        self.call("C_GetSlotList", 1, numbers, byref(count))
        found = []
        for number in numbers[: count.value]:
            info = _TokenInfo()
            self.call("C_GetTokenInfo", number, byref(info))
            if info.flags & _TOKEN_INITIALIZED:
                found.append(Slot(number, _padded(info.label), _padded(info.serial)))
        return found

    def open_session(self, slot: Slot, pin: bytearray) -> int:
        """Open a session that reads, log in as the user, and return its handle."""
        session = c_ulong()
        self.call("C_OpenSession", slot.number, _SERIAL_SESSION, None, None, byref(session))
        held = (c_char * len(pin)).from_buffer(pin)
        try:
            self.call("C_Login", session, _USER, held, len(pin), fine=(_ALREADY_LOGGED_IN,))
        except BaseException:
            self.call("C_CloseSession", session)
            raise
        return session.value

    def close_session(self, session: int) -> None:
        """Close a session; with the last one the user is logged out."""
        self.call("C_CloseSession", session)

    def find(self, session: int, asked: Mapping[int, bytes | int]) -> list[int]:
        """Return the handles of the objects with these attributes, 64 at most."""
        template, kept = _template(asked)
        self.call("C_FindObjectsInit", session, template, len(asked))
        handles, count = (c_ulong * _FOUND_LIMIT)(), c_ulong()
        try:
            self.call("C_FindObjects", session, handles, _FOUND_LIMIT, byref(count))
        finally:
            self.call("C_FindObjectsFinal", session)
            del kept
        return list(handles[: count.value])

    def attribute(self, session: int, handle: int, kind: int) -> bytearray:
        """Return an attribute of an object; the caller wipes it where it is secret."""
        asked = Attribute(kind, None, 0)
        self.call("C_GetAttributeValue", session, handle, byref(asked), 1)
        if asked.length > _ATTRIBUTE_LIMIT:  # CK_UNAVAILABLE_INFORMATION, which some tokens give without refusing
            raise Refused(f"{self.path}: C_GetAttributeValue: it does not show the attribute {kind:#x}", 0)
        held = bytearray(asked.length)
        if held:
            asked.value = ctypes.addressof((c_char * len(held)).from_buffer(held))
            self.call("C_GetAttributeValue", session, handle, byref(asked), 1)
        return held[: asked.length]

    def derive(self, session: int, key: int, public: bytes, length: int) -> bytearray:
        """Return the first coordinate of the product of a private key and a point; the caller wipes it.

        Args:
            session: The session.
            key: The private key's handle.
            public: The point, in the form that the token takes.
            length: Bytes of the coordinate.
        """
        point = ctypes.create_string_buffer(public, len(public))
        parameter = Ecdh1(NO_KDF, 0, None, len(public), ctypes.addressof(point))
        mechanism = Mechanism(ECDH1_DERIVE, ctypes.addressof(parameter), ctypes.sizeof(parameter))
        template, kept = _template(
            {
                CLASS: SECRET_KEY,
                KEY_TYPE: GENERIC_SECRET,
                TOKEN: b"\0",
                SENSITIVE: b"\0",
                EXTRACTABLE: b"\x01",
                VALUE_LEN: length,
            }
        )
        made = c_ulong()
        self.call("C_DeriveKey", session, byref(mechanism), key, template, len(template), byref(made))
        del kept
        try:
            return self.attribute(session, made.value, VALUE)
        finally:
            self.call("C_DestroyObject", session, made)

    def sign(self, session: int, key: int, mechanism: int, data: bytes) -> bytes:
        """Sign by a mechanism without parameter; return what the token gives."""
        asked, length = Mechanism(mechanism, None, 0), c_ulong(_SIGNATURE_LIMIT)
        made = ctypes.create_string_buffer(_SIGNATURE_LIMIT)
        self.call("C_SignInit", session, byref(asked), key)
        self.call("C_Sign", session, c_char_p(data), len(data), made, byref(length))
        return made.raw[: length.value]


def load(path: Path) -> Library:
    """Load a token's library.

    Raises:
        NotOffered: It cannot be loaded, or is none of PKCS #11.
        Refused: It does not start.
    """
    try:
        given = ctypes.CDLL(str(path)).C_GetFunctionList
    except (OSError, AttributeError) as error:
        told = f"{path} cannot be loaded as a library of PKCS #11: {str(error).splitlines()[0]}"
        raise NotOffered(told, hint="name the .so file that came with the token") from None
    given.restype, given.argtypes = c_ulong, (POINTER(POINTER(FunctionList)),)
    listed = POINTER(FunctionList)()
    if given(byref(listed)) != 0 or not listed:
        raise NotOffered(f"{path} gives no list of functions")
    if listed.contents.standard.major < 2:
        raise NotOffered(f"{path} is of PKCS #11 version {listed.contents.standard.major}: 2.0 or later is used")
    return Library(listed.contents, str(path))


def _template(asked: Mapping[int, bytes | int]) -> tuple[ctypes.Array[Attribute], list[object]]:
    """Return attributes as C has them, and what must live as long; whole numbers are CK_ULONG."""
    kept: list[ctypes.Array[c_char] | c_ulong] = []
    made = (Attribute * len(asked))()
    for one, (kind, value) in zip(made, asked.items(), strict=True):
        held = c_ulong(value) if isinstance(value, int) else ctypes.create_string_buffer(value, len(value))
        kept.append(held)
        one.kind, one.value, one.length = kind, ctypes.addressof(held), ctypes.sizeof(held)
    return made, list(kept)


def _padded(text: bytes) -> str:
    return text.decode("utf-8", "replace").rstrip(" \0")
