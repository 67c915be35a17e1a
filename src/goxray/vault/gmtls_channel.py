"""A connection of GM TLS that is used like a socket: send, receive, read as a file, close."""

from __future__ import annotations

import io
import select
import socket as sockets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from goxray.core.errors import GoxrayError, UsageError
from goxray.vault import x509
from goxray.vault.gmtls_words import BadPeer, Refusals

if TYPE_CHECKING:
    from OpenSSL import SSL

HANDSHAKE_S, IDLE_S = 10.0, 30.0
"""Seconds for a whole handshake, and for one send or receive to get on."""

_CLOSING_S = 1.0
"""Longest that closing waits for the peer to have taken what was sent."""

_CLOSED = "the connection is closed"
_PIECE = 1 << 18
_BUFFER = 1 << 16
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Negotiated:
    """What both sides agreed on.

    Attributes:
        version: Of TLS: ``TLSv1.3``.
        suite: Cipher suite: ``TLS_SM4_GCM_SM3`` or ``TLS_SM4_CCM_SM3``.
        group: Of the key exchange: ``curveSM2``.
        peer: The peer's certificate; None where a server asked for none.
    """

    version: str
    suite: str
    group: str
    peer: x509.Certificate | None


class Channel:
    """An authenticated and encrypted stream; the handshake is done when it exists.

    One thread may send while another one receives. What ``socketserver``, ``http.server`` and ``http.client`` ask of a
    socket is there.

    Attributes:
        negotiated: What was agreed on.
    """

    def __init__(
        self,
        connection: SSL.Connection,
        sock: sockets.socket,
        refusals: Refusals,
        *,
        handshake_s: float,
        idle_s: float,
    ) -> None:
        from OpenSSL import SSL, crypto

        self._ssl = SSL
        self._connection = connection
        self._sock = sock
        self._refusals = refusals
        self._idle_s = idle_s
        self._lock = threading.Lock()
        self._broken = False
        self._ended = False
        self._run(connection.do_handshake, "handshake", handshake_s)
        found = connection.get_peer_certificate()
        peer = None if found is None else x509.read(crypto.dump_certificate(crypto.FILETYPE_ASN1, found))[0]
        self.negotiated = Negotiated(
            connection.get_protocol_version_name(),
            connection.get_cipher_name() or "",
            connection.get_group_name() or "",
            peer,
        )

    def recv(self, length: int) -> bytes:
        """Return up to ``length`` bytes; none at the end that the peer has declared.

        Raises:
            BadPeer: The peer did not send in time, the stream was cut off, or a record is not authentic.
        """
        if length <= 0:
            return b""
        try:
            return self._run(lambda: self._connection.recv(min(length, _PIECE)), "stream", self._idle_s)
        except self._ssl.ZeroReturnError:
            return b""

    def recv_into(self, held: bytearray | memoryview, length: int = 0) -> int:
        """Receive into memory that is there; return how many bytes came."""
        view = memoryview(held).cast("B")
        got = self.recv(min(length or len(view), len(view)))
        view[: len(got)] = got
        return len(got)

    def send(self, data: bytes | bytearray | memoryview) -> int:
        """Send a part of the data; return how many bytes of it.

        Raises:
            BadPeer: The peer did not take it in time, or is gone.
        """
        piece = memoryview(data).cast("B")[:_PIECE]
        return self._run(lambda: self._connection.send(piece), "stream", self._idle_s) if piece else 0

    def sendall(self, data: bytes | bytearray | memoryview) -> None:
        """Send all of the data."""
        rest = memoryview(data).cast("B")
        while rest:
            rest = rest[self.send(rest) :]

    def makefile(self, mode: str = "r", buffering: int = -1) -> io.BufferedReader | io.BufferedWriter:
        """Return the stream as a binary file, ``rb`` or ``wb``; closing it leaves the channel open."""
        size = buffering if buffering > 1 else _BUFFER
        if mode == "rb":
            return io.BufferedReader(_Raw(self), size)
        if mode == "wb":
            return io.BufferedWriter(_Raw(self), size)
        raise UsageError(f"a stream of GM TLS is a binary file: rb or wb, not {mode!r}")

    def settimeout(self, seconds: float | None) -> None:
        """Set how long one send or receive may wait; None is the default, for there is no endless wait."""
        self._idle_s = IDLE_S if seconds is None else seconds

    def fileno(self) -> int:
        """Return the socket's number; -1 when it is closed."""
        return self._sock.fileno()

    def shutdown(self, how: int = sockets.SHUT_WR) -> None:
        """Declare the end of what is sent; the peer may go on sending. ``how`` is there for callers of sockets."""
        if self._broken or self._ended or how == sockets.SHUT_RD:
            return
        self._ended = True
        with suppress(GoxrayError, self._ssl.ZeroReturnError, OSError):
            self._run(self._connection.shutdown, "closing", _CLOSING_S)

    def close(self) -> None:
        """Declare the end, wait shortly until the peer has taken what was sent, and close the socket."""
        if self._sock.fileno() < 0:
            return
        self.shutdown()
        with suppress(OSError):
            self._sock.shutdown(sockets.SHUT_WR)
            if not self._broken:
                self._drain()
        with self._lock:
            self._sock.close()

    def __enter__(self) -> Channel:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _drain(self) -> None:
        """Take what the peer still sends, unread: closing before would let the kernel throw away what we sent last."""
        until = time.monotonic() + _CLOSING_S
        while (left := until - time.monotonic()) > 0 and self._ready(select.POLLIN, left):
            if not self._sock.recv(_BUFFER):
                return

    def _run(self, step: Callable[[], _T], what: str, seconds: float) -> _T:
        """Take a step of the protocol until it is done, waiting for the socket in between.

        ZeroReturnError, the end that the peer declared, is passed on.
        """
        ssl, until = self._ssl, time.monotonic() + seconds
        while True:
            try:
                with self._lock:
                    if self._sock.fileno() < 0:
                        raise BadPeer(_CLOSED)
                    return step()
            except ssl.WantReadError:
                event = select.POLLIN
            except ssl.WantWriteError:
                event = select.POLLOUT
            except ssl.SysCallError:
                raise self._broke(self._refusals.ended(what)) from None
            except ssl.ZeroReturnError:
                if what == "stream":
                    raise
                raise self._broke(self._refusals.ended(what)) from None
            except ssl.Error as error:
                queue = [str(words[-1]) for words in error.args[0]] if error.args else []
                raise self._broke(self._refusals.of(what, queue, self._connection.get_app_data().verdict)) from None
            left = until - time.monotonic()
            if left <= 0 or not self._ready(event, left):
                raise self._broke(self._refusals.silent(what, seconds))

    def _broke(self, error: GoxrayError) -> GoxrayError:
        self._broken = True
        return error

    def _ready(self, event: int, seconds: float) -> bool:
        waiting = select.poll()
        try:
            waiting.register(self._sock, event)
        except ValueError:  # another thread has closed it
            raise BadPeer(_CLOSED) from None
        return bool(waiting.poll(max(1, int(seconds * 1000))))


class _Raw(io.RawIOBase):
    """The channel as Python's files want it."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def readinto(self, held: Any) -> int:
        return self._channel.recv_into(memoryview(held))

    def write(self, data: Any) -> int:
        return self._channel.send(memoryview(data))
