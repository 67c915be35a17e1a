"""A foreign peer for GM TLS: BabaSSL (Tongsuo) 8.3, the library inside the package tongsuopy, by its C functions.

It has its own TLS 1.3 with RFC 8998, written apart from that of OpenSSL 4. Everything runs over blocking sockets, whose
waiting the kernel ends.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

SM2, P256 = 1172, 415
"""Numbers of the curves inside the library (NID_sm2, NID_X9_62_prime256v1 of crypto/objects)."""

TLS12, TLS13 = 0x0303, 0x0304
_WAIT_S = 20
_PEM = 1
_PEER, _FAIL_IF_NO_CERTIFICATE = 1, 2
_PIECE = 1 << 16


class PeerFailed(Exception):
    """What the library said."""


@dataclass(frozen=True)
class Peer:
    """One side of TLS as BabaSSL does it.

    Attributes:
        serving: Whether it is the server.
        certificate: Its certificate and what follows it (PEM), and the key's file.
        key: The key's file (PEM).
        trusted: Whom it believes (PEM). A server with it asks for a certificate.
        host: The name that the other side's certificate must have.
        suites: Cipher suites of TLS 1.3.
        curve: The one group for the key exchange.
        version: The one version of TLS.
    """

    serving: bool
    certificate: Path | None = None
    key: Path | None = None
    trusted: Path | None = None
    host: str = ""
    suites: str = "TLS_SM4_GCM_SM3"
    curve: int = SM2
    version: int = TLS13

    def shake(self, sock: socket.socket) -> Stream:
        """Shake hands; the caller closes what comes back."""
        lib, ffi = _library()
        sock.setblocking(True)
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            sock.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", _WAIT_S, 0))
        context = ffi.gc(lib.SSL_CTX_new(lib.TLS_method()), lib.SSL_CTX_free)
        self._prepare(lib, ffi, context)
        ssl = ffi.gc(lib.SSL_new(context), lib.SSL_free)
        if self.host:
            name = self.host.encode()
            assert lib.X509_VERIFY_PARAM_set1_host(lib.SSL_get0_param(ssl), name, len(name)) == 1
        assert lib.SSL_set_fd(ssl, sock.fileno()) == 1
        (lib.SSL_set_accept_state if self.serving else lib.SSL_set_connect_state)(ssl)
        if lib.SSL_do_handshake(ssl) != 1:
            raise PeerFailed(_said(lib, ffi))
        return Stream(ssl, sock, context)

    def _prepare(self, lib: Any, ffi: Any, context: Any) -> None:
        lib.SSL_CTX_set_min_proto_version(context, self.version)
        lib.SSL_CTX_set_max_proto_version(context, self.version)
        assert lib.SSL_CTX_set_ciphersuites(context, self.suites.encode()) == 1
        curve = ffi.gc(lib.EC_KEY_new_by_curve_name(self.curve), lib.EC_KEY_free)
        assert lib.SSL_CTX_set_tmp_ecdh(context, curve) == 1
        if self.certificate is not None:
            assert lib.SSL_CTX_use_certificate_chain_file(context, bytes(self.certificate)) == 1, _said(lib, ffi)
            assert lib.SSL_CTX_use_PrivateKey_file(context, bytes(self.key or b""), _PEM) == 1, _said(lib, ffi)
        if self.trusted is not None:
            assert lib.SSL_CTX_load_verify_locations(context, bytes(self.trusted), ffi.NULL) == 1
            lib.SSL_CTX_set_verify(context, _PEER | _FAIL_IF_NO_CERTIFICATE, ffi.NULL)


@dataclass(frozen=True)
class Stream:
    """A connection that stands.

    Attributes:
        ssl: Inside the library.
        sock: Below it.
        context: Kept as long as the connection.
    """

    ssl: Any
    sock: socket.socket
    context: Any

    @property
    def suite(self) -> str:
        """Name of the cipher suite."""
        lib, ffi = _library()
        name: bytes = ffi.string(lib.SSL_CIPHER_get_name(lib.SSL_get_current_cipher(self.ssl)))
        return name.decode()

    @property
    def version(self) -> str:
        """Name of the version of TLS."""
        lib, ffi = _library()
        name: bytes = ffi.string(lib.SSL_get_version(self.ssl))
        return name.decode()

    def send(self, data: bytes) -> None:
        """Send all of it."""
        lib, ffi = _library()
        sent = 0
        while sent < len(data):
            piece = data[sent : sent + _PIECE]
            got = lib.SSL_write(self.ssl, piece, len(piece))
            if got <= 0:
                raise PeerFailed(_said(lib, ffi))
            sent += got

    def read(self, length: int) -> bytes:
        """Return this many bytes, or fewer at the end."""
        lib, ffi = _library()
        held = ffi.new("char[]", _PIECE)
        parts: list[bytes] = []
        left = length
        while left:
            got = lib.SSL_read(self.ssl, held, min(left, _PIECE))
            if got <= 0:
                reason = _said(lib, ffi)
                if reason:
                    raise PeerFailed(reason)
                break
            parts.append(bytes(ffi.buffer(held, got)))
            left -= got
        return b"".join(parts)

    def close(self) -> None:
        """Say that nothing follows, and close the socket."""
        _library()[0].SSL_shutdown(self.ssl)
        self.sock.close()


def _library() -> tuple[Any, Any]:
    found = pytest.importorskip("tongsuopy.backends._tongsuo", reason="tongsuopy is published for x86-64 alone")
    return found.lib, found.ffi


def _said(lib: Any, ffi: Any) -> str:
    """Return the words of the thread's errors, the oldest first."""
    words = []
    while code := lib.ERR_get_error():
        reason = lib.ERR_reason_error_string(code)
        words.append(ffi.string(reason).decode() if reason != ffi.NULL else str(code))
    return "; ".join(words)
