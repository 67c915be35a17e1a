"""A token of PKCS #11 in Python: the list of functions that a token's library would give, and keys on the curve of SM2.

Its structures are written down here once more, from the standard, and not taken from what is tested. The arithmetic is
that of a school book: points as pairs, lines through them.
"""

from __future__ import annotations

import ctypes
import secrets
from collections.abc import Callable
from ctypes import c_ubyte, c_ulong, c_void_p
from dataclasses import dataclass, field

from goxray.vault.cryptoki import FunctionList

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
SM2_CURVE = bytes.fromhex("06082a811ccf5501822d")
P256_CURVE = bytes.fromhex("06082a8648ce3d030107")
MAKERS_SM2 = 0x80000301
"""The number that this token's maker gives to SM2 over a digest."""

ECDSA = 0x1041
_OK, _ARGUMENTS, _MECHANISM, _PARAMETER, _ATTRIBUTE, _PIN, _LOCKED = 0, 0x07, 0x70, 0x71, 0x12, 0xA0, 0xA4
_NOT_PERMITTED, _REMOVED = 0x68, 0x32
_TRIES = 3
_DERIVE = 0x10C
_Point = tuple[int, int]


class _Attribute(ctypes.Structure):
    _fields_ = [("kind", c_ulong), ("value", c_void_p), ("length", c_ulong)]


class _Mechanism(ctypes.Structure):
    _fields_ = [("kind", c_ulong), ("parameter", c_void_p), ("length", c_ulong)]


class _Derive(ctypes.Structure):
    _fields_ = [
        ("kdf", c_ulong),
        ("shared_length", c_ulong),
        ("shared", c_void_p),
        ("public_length", c_ulong),
        ("public", c_void_p),
    ]


_ULONGS = ctypes.POINTER(c_ulong)
_ATTRIBUTES = ctypes.POINTER(_Attribute)


def plus(one: _Point | None, two: _Point | None) -> _Point | None:
    """Add two points; None is the one at infinity."""
    if one is None or two is None:
        return one or two
    if one[0] == two[0]:
        if (one[1] + two[1]) % P == 0:
            return None
        slope = (3 * one[0] ** 2 + A) * pow(2 * one[1], -1, P) % P
    else:
        slope = (two[1] - one[1]) * pow(two[0] - one[0], -1, P) % P
    x = (slope**2 - one[0] - two[0]) % P
    return x, (slope * (one[0] - x) - one[1]) % P


def times(number: int, point: _Point) -> _Point:
    """Multiply a point."""
    total: _Point | None = None
    for bit in bin(number)[2:]:
        total = plus(total, total)
        if bit == "1":
            total = plus(total, point)
    assert total is not None
    return total


@dataclass
class SoftToken:
    """A token, and how it behaves.

    Attributes:
        label: Its label.
        pin: Its PIN.
        form: In which form it takes a point: ``raw``, ``der`` or ``both``.
        signs: What its maker's mechanism gives: ``raw``, ``der``, ``wrong``, or nothing: it has none.
        shows: Whether public keys are objects of their own (``apart``), attributes of the private ones (``inside``), or
            ``nowhere``.
        removed: Whether it was taken out of its slot.
        calls: Names of the functions that were called.
        points: Points that it was asked to multiply.
        sessions: Sessions that are open.
        objects: Attributes by handle.
    """

    label: str = "goxray"
    pin: bytes = b"1234"
    form: str = "both"
    signs: str = ""
    shows: str = "apart"
    removed: bool = False
    calls: list[str] = field(default_factory=list)
    points: list[bytes] = field(default_factory=list)
    sessions: set[int] = field(default_factory=set)
    objects: dict[int, dict[int, bytes]] = field(default_factory=dict)
    _numbers: dict[int, int] = field(default_factory=dict)
    _found: list[int] = field(default_factory=list)
    _signing: tuple[int, int] = (0, 0)
    _wrong: int = 0
    _last: int = 0
    _kept: list[object] = field(default_factory=list)

    def make_key(self, label: str, key_id: bytes, *, curve: bytes = SM2_CURVE, derives: bool = True) -> _Point:
        """Make a key pair; return its public point."""
        number = 1 + secrets.randbelow(N - 2)
        x, y = times(number, G)
        point = b"\x04\x41\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")
        named = {0x003: label.encode(), 0x102: key_id, 0x180: curve}
        private = {**named, 0x000: _ulong(3), _DERIVE: bytes([derives])}
        handle = self._add(private | ({0x181: point} if self.shows == "inside" else {}))
        self._numbers[handle] = number
        if self.shows == "apart":
            self._add({**named, 0x000: _ulong(2), 0x181: point})
        return x, y

    def functions(self) -> FunctionList:
        """Return the list that C_GetFunctionList would give."""
        table: dict[int, tuple[Callable[..., int], tuple[type, ...]]] = {
            0: (self._initialize, (c_void_p,)),
            4: (self._slots, (c_ubyte, _ULONGS, _ULONGS)),
            6: (self._info, (c_ulong, c_void_p)),
            12: (self._open, (c_ulong, c_ulong, c_void_p, c_void_p, _ULONGS)),
            13: (self._close, (c_ulong,)),
            18: (self._login, (c_ulong, c_ulong, c_void_p, c_ulong)),
            19: (self._logout, (c_ulong,)),
            22: (self._destroy, (c_ulong, c_ulong)),
            24: (self._attribute, (c_ulong, c_ulong, _ATTRIBUTES, c_ulong)),
            26: (self._find_init, (c_ulong, _ATTRIBUTES, c_ulong)),
            27: (self._find, (c_ulong, _ULONGS, c_ulong, _ULONGS)),
            28: (self._find_final, (c_ulong,)),
            42: (self._sign_init, (c_ulong, ctypes.POINTER(_Mechanism), c_ulong)),
            43: (self._sign, (c_ulong, c_void_p, c_ulong, c_void_p, _ULONGS)),
            62: (
                self._derive,
                (c_ulong, ctypes.POINTER(_Mechanism), c_ulong, _ATTRIBUTES, c_ulong, _ULONGS),
            ),
        }
        made = FunctionList()
        made.standard.major, made.standard.minor = 2, 40
        for place, (function, arguments) in table.items():
            called = ctypes.CFUNCTYPE(c_ulong, *arguments)(self._noting(function))
            self._kept.append(called)
            made.functions[place] = ctypes.cast(called, c_void_p).value
        return made

    def _noting(self, function: Callable[..., int]) -> Callable[..., int]:
        def noted(*arguments: object) -> int:
            self.calls.append(function.__name__.strip("_"))
            return _REMOVED if self.removed else function(*arguments)

        return noted

    def _add(self, attributes: dict[int, bytes]) -> int:
        self._last += 1
        self.objects[self._last] = attributes
        return self._last

    def _initialize(self, _: int) -> int:
        return _OK

    def _slots(self, present: int, numbers: ctypes._Pointer[c_ulong], count: ctypes._Pointer[c_ulong]) -> int:
        if numbers:
            if count[0] < 2:
                return 0x150
            numbers[0], numbers[1] = 7, 9
        count[0] = 2
        return _OK

    def _info(self, slot: int, info: int) -> int:
        """CK_TOKEN_INFO: four texts, flags at 96, ten counts, two versions, a time; slot 9 was never set up."""
        label = (self.label if slot == 7 else "").encode().ljust(32)
        flags = 0x400 | 0x8 if slot == 7 else 0
        ctypes.memmove(info, label + b"maker".ljust(32) + b"model".ljust(16) + b"0042".ljust(16), 96)
        ctypes.memmove(info + 96, _ulong(flags), ctypes.sizeof(c_ulong))
        return _OK

    def _open(self, slot: int, flags: int, _: int, __: int, session: ctypes._Pointer[c_ulong]) -> int:
        if slot != 7 or not flags & 4:
            return 0xB4
        self._last += 1
        self.sessions.add(self._last)
        session[0] = self._last
        return _OK

    def _close(self, session: int) -> int:
        self.sessions.discard(session)
        return _OK

    def _login(self, session: int, user: int, pin: int, length: int) -> int:
        if session not in self.sessions or user != 1:
            return 0xB3
        if self._wrong >= _TRIES:
            return _LOCKED
        if ctypes.string_at(pin, length) != self.pin:
            self._wrong += 1
            return _PIN
        self._wrong = 0
        return _OK

    def _logout(self, session: int) -> int:
        return _OK

    def _destroy(self, session: int, handle: int) -> int:
        return _OK if self.objects.pop(handle, None) is not None else 0x82

    def _attribute(self, session: int, handle: int, asked: ctypes._Pointer[_Attribute], count: int) -> int:
        for one in asked[:count]:
            value = self.objects[handle].get(one.kind)
            if value is None:
                return _ATTRIBUTE
        for at in range(count):
            value = self.objects[handle][asked[at].kind]
            if asked[at].value:
                if asked[at].length < len(value):
                    return 0x150
                ctypes.memmove(asked[at].value, value, len(value))
            asked[at].length = len(value)
        return _OK

    def _find_init(self, session: int, asked: ctypes._Pointer[_Attribute], count: int) -> int:
        wanted = {one.kind: ctypes.string_at(one.value, one.length) for one in asked[:count]}
        self._found = [
            handle
            for handle, attributes in self.objects.items()
            if all(attributes.get(kind) == value for kind, value in wanted.items())
        ]
        return _OK

    def _find(self, session: int, handles: ctypes._Pointer[c_ulong], most: int, count: ctypes._Pointer[c_ulong]) -> int:
        count[0] = min(most, len(self._found))
        for at, handle in enumerate(self._found[:most]):
            handles[at] = handle
        return _OK

    def _find_final(self, session: int) -> int:
        self._found = []
        return _OK

    def _derive(
        self,
        session: int,
        mechanism: ctypes._Pointer[_Mechanism],
        key: int,
        asked: ctypes._Pointer[_Attribute],
        count: int,
        made: ctypes._Pointer[c_ulong],
    ) -> int:
        if mechanism[0].kind != 0x1050 or mechanism[0].length != ctypes.sizeof(_Derive):
            return _MECHANISM
        if self.objects[key][_DERIVE] != b"\1":
            return _NOT_PERMITTED
        wanted = {one.kind: ctypes.string_at(one.value, one.length) for one in asked[:count]}
        shows = {0x000: _ulong(4), 0x100: _ulong(0x10), 0x001: b"\0", 0x103: b"\0", 0x162: b"\1", 0x161: _ulong(32)}
        if wanted != shows:
            return _ARGUMENTS
        given = ctypes.cast(mechanism[0].parameter, ctypes.POINTER(_Derive))[0]
        point = ctypes.string_at(given.public, given.public_length)
        self.points.append(point)
        if given.kdf != 1 or given.shared_length:
            return _PARAMETER
        forms = {65: "raw", 67: "der"}
        if self.form not in ("both", forms.get(len(point))):
            return _PARAMETER
        x, y = int.from_bytes(point[-64:-32], "big"), int.from_bytes(point[-32:], "big")
        shared = times(self._numbers[key], (x, y))[0]
        made[0] = self._add({0x011: shared.to_bytes(32, "big")})
        return _OK

    def _sign_init(self, session: int, mechanism: ctypes._Pointer[_Mechanism], key: int) -> int:
        known = (MAKERS_SM2, ECDSA) if self.signs else (ECDSA,)
        if mechanism[0].kind not in known or mechanism[0].length:
            return _MECHANISM
        self._signing = (mechanism[0].kind, key)
        return _OK

    def _sign(self, session: int, data: int, length: int, out: int, count: ctypes._Pointer[c_ulong]) -> int:
        mechanism, key = self._signing
        e, d = int.from_bytes(ctypes.string_at(data, length), "big"), self._numbers[key]
        k = 1 + secrets.randbelow(N - 1)
        x = times(k, G)[0]
        if mechanism == ECDSA or self.signs == "wrong":
            r = x % N
            s = pow(k, -1, N) * (e + r * d) % N
        else:  # GB/T 32918.2-2016, 6.1
            r = (e + x) % N
            s = pow(1 + d, -1, N) * (k - r * d) % N
        made = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        if self.signs == "der":
            made = _der(r, s)
        if count[0] < len(made):
            return 0x150
        ctypes.memmove(out, made, len(made))
        count[0] = len(made)
        return _OK


def _der(r: int, s: int) -> bytes:
    parts = b"".join(bytes([2, (n.bit_length() // 8) + 1]) + n.to_bytes(n.bit_length() // 8 + 1, "big") for n in (r, s))
    return bytes([0x30, len(parts)]) + parts


def _ulong(number: int) -> bytes:
    return bytes(c_ulong(number))
