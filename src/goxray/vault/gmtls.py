"""TLS 1.3 with the SM algorithms (RFC 8998): SM2 certificates, SM2 key exchange, SM4 with SM3, and nothing else.

OpenSSL has it from 4.0 on. The one that ``cryptography`` brings along is used, through pyOpenSSL; Python's own ``ssl``
module uses the system's libssl, which is mostly older. Where it is absent, ``server`` and ``client`` refuse with one
line. Nothing falls back to other algorithms: a peer that has only those is refused, whichever side it is on.

This is not TLCP (GB/T 38636-2020, formerly GM/T 0024), which has two certificates a side and a handshake of its own.
"""

from __future__ import annotations

import importlib
import ipaddress
import socket as sockets
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from cryptography import x509 as parsing
from cryptography.utils import CryptographyDeprecationWarning

from goxray.core.errors import BadCertificate, BadEncoding, BadKey, NotOffered, UsageError
from goxray.vault import der, secrets, sm2, x509
from goxray.vault.gmtls_channel import HANDSHAKE_S, IDLE_S, Channel, Negotiated
from goxray.vault.gmtls_words import BadPeer, Refusals, Seen, unbelieved

if TYPE_CHECKING:
    from types import ModuleType

    from OpenSSL import SSL, crypto

__all__ = [
    "GROUP",
    "SIGNATURE",
    "SUITE",
    "SUITE_CCM",
    "BadPeer",
    "Channel",
    "Context",
    "Negotiated",
    "client",
    "offered",
    "server",
]

SUITE, SUITE_CCM = "TLS_SM4_GCM_SM3", "TLS_SM4_CCM_SM3"
GROUP, SIGNATURE = "curveSM2", "sm2sig_sm3"
"""The one group for the key exchange and the one signature of RFC 8998, as OpenSSL spells them."""

WAY_OUT = "install a cryptography whose OpenSSL is 4.0 or later, and pyOpenSSL 26 or later"
_NEVER_THE_SUBJECT, _NO_PARTIAL_WILDCARDS = 0x20, 0x04
"""X509_CHECK_FLAG_* of openssl/x509v3.h: a server's name is looked for in the subject alternative name alone."""

_KEY_LABELS = ("PRIVATE KEY", "EC PRIVATE KEY")


class Context:
    """What one side brings to each connection: its certificate and key, and whom it believes. Threads may share it.

    Made by ``server`` and ``client``.
    """

    def __init__(self, context: SSL.Context, refusals: Refusals, *, serving: bool) -> None:
        self._context = context
        self._refusals = refusals
        self.serving = serving

    def wrap(
        self, sock: sockets.socket, *, host: str = "", handshake_s: float = HANDSHAKE_S, idle_s: float = IDLE_S
    ) -> Channel:
        """Shake hands over a connected socket; it is the channel's from now on, and closed where this fails.

        A server calls it in the connection's own thread: a slow client then keeps only itself waiting.

        Args:
            sock: A connected stream.
            host: Client: the name or address of IP that the server's certificate must have. Server: empty.
            handshake_s: Seconds for the whole handshake.
            idle_s: Seconds that one later send or receive may wait.

        Raises:
            UsageError: A client names no host, or a server does.
            BadCertificate: The peer's certificate is not believed; the message says why.
            BadPeer: The peer has no GM TLS, does not believe us, or does not answer.
        """
        try:
            if bool(host) == self.serving:
                raise UsageError("a client names the host that it means" if not host else "a server names no host")
            sock.setblocking(False)
            connection = self._connection(sock, host)
            return Channel(connection, sock, self._refusals, handshake_s=handshake_s, idle_s=idle_s)
        except BaseException:
            sock.close()
            raise

    def _connection(self, sock: sockets.socket, host: str) -> SSL.Connection:
        library = _library()
        connection: SSL.Connection = library.ssl.Connection(self._context, sock)
        if self.serving:
            connection.set_accept_state()
            connection.set_app_data(Seen(""))
            return connection
        connection.set_connect_state()
        connection.set_app_data(Seen(host))
        asked = library.lib.SSL_get0_param(connection._ssl)
        library.lib.X509_VERIFY_PARAM_set_hostflags(asked, _NEVER_THE_SUBJECT | _NO_PARTIAL_WILDCARDS)
        try:
            packed = ipaddress.ip_address(host).packed
        except ValueError:
            name = _ascii(host)
            connection.set_tlsext_host_name(name)
            taken = library.lib.X509_VERIFY_PARAM_set1_host(asked, name, len(name))
        else:
            taken = library.lib.X509_VERIFY_PARAM_set1_ip(asked, packed, len(packed))
        if taken != 1:
            raise UsageError(f"{host!r} is no host that a certificate could name")
        return connection


def server(
    certificate: bytes, key: sm2.Private | bytes | bytearray, *, clients: bytes = b"", ccm: bool = False
) -> Context:
    """Return the context of a server.

    Args:
        certificate: The server's, PEM or DER; in PEM, authorities between it and a trusted one may follow.
        key: Its key: one that is unlocked, or PKCS #8 as PEM or DER without a passphrase; the caller wipes it.
        clients: Certificates of the authorities (PEM or DER) that clients' certificates must come from; where this is
            given, a client without one is refused.
        ccm: Offer TLS_SM4_CCM_SM3 too, after TLS_SM4_GCM_SM3.

    Raises:
        NotOffered: The library has no GM TLS.
        BadCertificate: The certificate is not valid now, or not for signing.
        BadKey: A certificate or key cannot be read, is none of SM2, or they do not belong together.
    """
    library = _library()
    context = _context(library, library.ssl.TLS_SERVER_METHOD, ccm=ccm)
    refusals = Refusals(serving=True, asks=bool(clients))
    _show(library, context, certificate, key)
    if clients:
        _believe(library, context, clients, refusals)
    return Context(context, refusals, serving=True)


def client(
    trusted: bytes,
    *,
    certificate: bytes = b"",
    key: sm2.Private | bytes | bytearray | None = None,
    ccm: bool = False,
) -> Context:
    """Return the context of a client.

    Args:
        trusted: Certificates (PEM or DER) of the authorities that a server's certificate must come from.
        certificate: The client's own, for servers that ask for one; as for ``server``.
        key: The key of that certificate; as for ``server``.
        ccm: Offer TLS_SM4_CCM_SM3 too, after TLS_SM4_GCM_SM3.

    Raises:
        NotOffered: The library has no GM TLS.
        BadCertificate: The certificate is not valid now, or not for signing.
        BadKey: A certificate or key cannot be read, is none of SM2, or they do not belong together.
        UsageError: A certificate without a key, or a key without a certificate.
    """
    if bool(certificate) != (key is not None):
        raise UsageError("a client has a certificate and its key, or neither")
    library = _library()
    context = _context(library, library.ssl.TLS_CLIENT_METHOD, ccm=ccm)
    refusals = Refusals(serving=False, asks=True)
    if key is not None:
        _show(library, context, certificate, key)
    _believe(library, context, trusted, refusals)
    return Context(context, refusals, serving=False)


def offered() -> tuple[bool, str]:
    """Say whether GM TLS is offered here, and one line that names the library, or says what it lacks."""
    try:
        library = _library()
    except NotOffered as error:
        return False, str(error)
    return True, f"{SUITE} with {GROUP} and {SIGNATURE}, by {library.words}"


class _Library:
    """pyOpenSSL, and below it the functions that it has no methods for.

    Attributes:
        ssl: ``OpenSSL.SSL``.
        crypto: ``OpenSSL.crypto``.
        lib: The functions of libssl and libcrypto.
        ffi: Makes their arguments.
        words: Names and versions.
    """

    def __init__(self, ssl: ModuleType, crypto: ModuleType) -> None:
        self.ssl = ssl
        self.crypto = crypto
        self.lib: Any = ssl._lib
        self.ffi: Any = ssl._ffi
        told: bytes = ssl.SSLeay_version(ssl.SSLEAY_VERSION)
        self.words = " ".join(told.decode("ascii", "replace").split()[:2])


@cache
def _library() -> _Library:
    """Return the library, which was asked for each part of RFC 8998.

    Raises:
        NotOffered: It lacks one, or is not there.
    """
    try:
        library = _Library(importlib.import_module("OpenSSL.SSL"), importlib.import_module("OpenSSL.crypto"))
    except (ImportError, AttributeError) as error:
        told = str(error).splitlines()[0]
        raise NotOffered(
            f"GM TLS (RFC 8998) comes from pyOpenSSL, which is not usable here: {told}", hint=WAY_OUT
        ) from None
    _context(library, library.ssl.TLS_METHOD, ccm=False)
    return library


def _context(library: _Library, method: int, *, ccm: bool) -> SSL.Context:
    """Return a context that knows nothing but RFC 8998."""
    ssl, lib = library.ssl, library.lib
    suites = [SUITE, SUITE_CCM] if ccm else [SUITE]
    try:
        context: SSL.Context = ssl.Context(method)
        context.set_min_proto_version(ssl.TLS1_3_VERSION)
        context.set_max_proto_version(ssl.TLS1_3_VERSION)
        for what, names, take in (
            ("suites", ":".join(suites), lib.SSL_CTX_set_ciphersuites),
            ("group", GROUP, lib.SSL_CTX_set1_curves_list),
            ("signature", SIGNATURE, lib.SSL_CTX_set1_sigalgs_list),
        ):
            if take(context._context, names.encode()) != 1:
                lib.ERR_clear_error()
                told = f"GM TLS (RFC 8998) is not offered by {library.words}: it lacks the {what} {names}"
                raise NotOffered(told, hint=WAY_OUT)
        context.set_options(ssl.OP_NO_TICKET | ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION)
        context.set_session_cache_mode(ssl.SESS_CACHE_OFF)
    except AttributeError as error:
        raise NotOffered(f"GM TLS (RFC 8998) is not offered by {library.words}: {error}", hint=WAY_OUT) from None
    return context


def _show(library: _Library, context: SSL.Context, certificate: bytes, key: sm2.Private | bytes | bytearray) -> None:
    """Give a context the certificate that it shows, and its key."""
    own, *others = x509.read(certificate)
    now = datetime.now(UTC)
    if not own.begins <= now <= own.ends:
        span = f"from {own.begins:%Y-%m-%d} to {own.ends:%Y-%m-%d}"
        raise BadCertificate(f"the certificate of {own.subject} is valid {span}, not now: no peer would take it")
    if not own.may(x509.SIGNS):
        raise BadCertificate(f"the certificate of {own.subject} does not allow its key to sign, and TLS 1.3 needs that")
    with _opened(key) as opened:
        if opened.public != own.public:
            raise BadKey(f"the key {opened.key_id} is not that of the certificate of {own.subject}")
        context.use_certificate(_parsed(own))
        for one in others:
            context.add_extra_chain_cert(_parsed(one))
        held = opened.pkcs8()
        try:
            _use_key(library, context, held)
        finally:
            secrets.wipe(held)


@contextmanager
def _opened(key: sm2.Private | bytes | bytearray) -> Iterator[sm2.Private]:
    """Give a private key, and close it afterwards unless it came open."""
    if isinstance(key, sm2.Private):
        yield key
        return
    held = _private_bytes(key)
    try:
        private = sm2.Private.from_pkcs8(held)
    finally:
        secrets.wipe(held)
    with private:
        yield private


def _use_key(library: _Library, context: SSL.Context, pkcs8: bytearray) -> None:
    """Hand the key over where it lies: nothing here copies it to where it cannot be wiped."""
    lib, ffi = library.lib, library.ffi
    with ffi.from_buffer(pkcs8) as start:
        bio = lib.BIO_new_mem_buf(start, len(pkcs8))
        key = lib.d2i_PrivateKey_bio(bio, ffi.NULL)
        lib.BIO_free(bio)
    taken = key != ffi.NULL and lib.SSL_CTX_use_PrivateKey(context._context, key) == 1
    lib.EVP_PKEY_free(key)
    if not taken or lib.SSL_CTX_check_private_key(context._context) != 1:
        lib.ERR_clear_error()
        raise BadKey(f"the private key is not taken by {library.words}")


def _private_bytes(key: bytes | bytearray) -> bytearray:
    """Return a private key in DER, a copy that is wiped after its use."""
    if not bytes(key[:64]).lstrip().startswith(b"-----BEGIN"):
        return bytearray(key)
    text = key.decode("ascii", "replace")
    if "ENCRYPTED" in text[:200]:
        raise BadKey(
            "the private key is under a passphrase of its own", hint="openssl pkey -in FILE writes it without one"
        )
    for label in _KEY_LABELS:
        with suppress(BadEncoding):
            return bytearray(der.from_pem(text, label, "the private key")[0])
    raise BadEncoding("the private key holds no PEM block 'PRIVATE KEY'")


def _believe(library: _Library, context: SSL.Context, trusted: bytes, refusals: Refusals) -> None:
    """Let a context ask for the peer's certificate and believe those that come from these authorities."""
    ssl = library.ssl
    store = context.get_cert_store()
    assert store is not None
    for one in x509.read(trusted):
        held = library.crypto.X509.from_cryptography(_parsed(one))
        store.add_cert(held)
        if refusals.serving:
            context.add_client_ca(_parsed(one))

    def looked(connection: SSL.Connection, found: crypto.X509, error: int, depth: int, good: int) -> bool:
        seen: Seen = connection.get_app_data()
        why = _verdict(library, found, error, seen.host) if error or not good else _not_of_sm2(library, found)
        seen.verdict = seen.verdict or why
        return not why

    context.set_verify(ssl.VERIFY_PEER | ssl.VERIFY_FAIL_IF_NO_PEER_CERT, looked)


def _verdict(library: _Library, found: crypto.X509, error: int, host: str) -> str:
    who = _name(library, found)
    told = library.ffi.string(library.lib.X509_verify_cert_error_string(error)).decode("ascii", "replace")
    return unbelieved(who, told, host)


def _not_of_sm2(library: _Library, found: crypto.X509) -> str:
    """Return why a certificate that OpenSSL believes is not one of SM2 signed by SM2; empty where it is."""
    try:
        one = x509.read(library.crypto.dump_certificate(library.crypto.FILETYPE_ASN1, found))[0]
    except BadKey as error:
        return f"a certificate of the peer's chain is not one of SM2: {error}"
    if one.algorithm != x509.SM2_WITH_SM3:
        return f"the certificate of {one.subject} is signed by {one.algorithm}, not by SM2 with SM3"
    return ""


def _name(library: _Library, found: crypto.X509) -> str:
    with suppress(BadKey):
        return x509.read(library.crypto.dump_certificate(library.crypto.FILETYPE_ASN1, found))[0].subject
    return "the peer"


def _parsed(one: x509.Certificate) -> parsing.Certificate:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        return parsing.load_der_x509_certificate(one.data)


def _ascii(host: str) -> bytes:
    """Return a host's name as OpenSSL is to compare it, never in a form that makes it compare less.

    Without a name it compares none, and one that begins with a dot stands for all hosts below
    (X509_VERIFY_PARAM_set1_host and X509_check_host in section 3 of OpenSSL's manual).
    """
    try:
        name = host.encode("ascii")
    except UnicodeEncodeError:
        raise UsageError(f"{host!r} is no host's name: write it in ASCII (xn--...)") from None
    name = name.removesuffix(b".")
    if not all(name.split(b".")):
        raise UsageError(f"{host!r} is no host that a certificate could name")
    return name
