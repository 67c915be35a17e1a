"""Why a handshake failed, in one line: what OpenSSL says is turned into what it means for GM TLS.

OpenSSL names a failure by its own function's view ("no shared cipher") or by the alert that the peer sent ("tlsv1 alert
unknown ca", RFC 8446, 6.2). Its words are those of ssl/ssl_err.c and of X509_verify_cert_error_string(3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from goxray.core.errors import BadCertificate, GoxrayError

_NEEDED = "TLS 1.3 with TLS_SM4_GCM_SM3, curveSM2 and sm2sig_sm3 (RFC 8998)"
_PEERS = "peers that have it: OpenSSL 4.0 and later, Tongsuo (BabaSSL) 8.3 and later, GmSSL 3"

_CERTIFICATES = (
    ("hostname mismatch", "is not for the host {host}"),
    ("ip address mismatch", "is not for the address {host}"),
    ("expired", "is no longer valid: it has expired"),
    ("not yet valid", "is not valid yet"),
    ("unable to get local issuer", "does not come from an authority that is trusted here"),
    ("unable to get issuer", "does not come from an authority that is trusted here"),
    ("unable to verify the first", "does not come from an authority that is trusted here"),
    ("self-signed certificate", "is signed by itself, and is not one that is trusted here"),
    ("signature failure", "has a signature that is not that of the authority it names, under the ID of GB/T 20518"),
    ("purpose", "is for another purpose than this side of TLS"),
    ("invalid ca", "is used as that of an authority, and is none"),
)
"""What X509_verify_cert_error_string says, in part and in small letters; what it means of a certificate."""

_OLDER = f"the peer speaks an older TLS: {_NEEDED} is due"
_NOT_TLS = "what the peer sent is no TLS"
_ALERT = "the peer does not believe our certificate"
_REFUSES = f"the peer broke the handshake off: it has not, or does not want, {_NEEDED}"
_REASONS = (
    ("bad record mac", "a record was changed on its way: it is not authentic"),
    ("alert protocol version", f"the peer refuses TLS 1.3: {_NEEDED} is due"),
    ("alert certificate required", "the peer wants a certificate of ours, and none was shown"),
    ("alert unknown ca", f"{_ALERT}: it does not trust the authority"),
    ("alert certificate expired", f"{_ALERT}: it has expired for the peer's clock"),
    ("alert bad certificate", _ALERT),
    ("alert certificate unknown", _ALERT),
    ("alert unsupported certificate", _ALERT),
    ("alert access denied", _ALERT),
    ("alert unrecognized name", "the peer does not know the host that was asked for"),
    ("alert", _REFUSES),
    ("no shared cipher", f"the peer offers no cipher suite of SM: {_NEEDED} is due"),
    ("no suitable key share", f"the peer does not offer the group curveSM2: {_NEEDED} is due"),
    ("no suitable groups", f"the peer does not offer the group curveSM2: {_NEEDED} is due"),
    ("no suitable signature", f"the peer takes no signature sm2sig_sm3: {_NEEDED} is due"),
    ("no shared signature", f"the peer takes no signature sm2sig_sm3: {_NEEDED} is due"),
    ("wrong signature type", f"the peer signs otherwise than by sm2sig_sm3: {_NEEDED} is due"),
    ("wrong cipher returned", f"the peer chose a cipher suite that was not offered: {_NEEDED} is due"),
    ("unsupported protocol", _OLDER),
    ("wrong ssl version", _OLDER),
    ("did not return a certificate", "the peer has shown no certificate, and one is asked for here"),
    ("http request", f"{_NOT_TLS}: it is a request of plain HTTP"),
    ("https proxy request", f"{_NOT_TLS}: it is a request to a proxy"),
    ("wrong version number", _NOT_TLS),
    ("packet length", _NOT_TLS),
    ("record layer failure", _NOT_TLS),
    ("bad record type", _NOT_TLS),
    ("unexpected message", _NOT_TLS),
)
"""What OpenSSL's error queue says, in part and in small letters; what it means. The first that fits counts."""


class BadPeer(GoxrayError):
    """The other side of a connection has no GM TLS, does not believe us, breaks off, or does not answer."""


@dataclass(slots=True)
class Seen:
    """What one connection saw while the peer's certificate was looked at.

    Attributes:
        host: The host that a client means; empty on a server.
        verdict: Why the certificate was not believed; empty as long as it was.
    """

    host: str
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Refusals:
    """Turns failures of one side's connections into errors.

    Attributes:
        serving: Whether this side is the server.
        asks: Whether this side asks for the peer's certificate.
    """

    serving: bool
    asks: bool

    def of(self, what: str, queue: Sequence[str], verdict: str) -> GoxrayError:
        """Return the error for a failed handshake or record.

        Args:
            what: ``handshake``, or what came after it.
            queue: What OpenSSL's error queue says, the oldest first.
            verdict: Why the peer's certificate was not believed; empty where it was, or where none came.
        """
        if verdict:
            return BadCertificate(verdict)
        told = "; ".join(one for one in queue if one).lower()
        for part, meaning in _REASONS:
            if part in told and (what == "handshake" or meaning is not _REFUSES):
                return BadPeer(meaning, hint=_PEERS if _NEEDED in meaning else "")
        return BadPeer(f"the connection failed: {told or 'no reason is given'}")

    def ended(self, what: str) -> GoxrayError:
        """Return the error for a stream that ended before it was closed."""
        if what == "handshake":
            return BadPeer(f"the peer hung up during the handshake: {_NEEDED} is due", hint=_PEERS)
        return BadPeer("the stream ended without TLS's closing message: what came last may be missing")

    def silent(self, what: str, seconds: float) -> GoxrayError:
        """Return the error for a peer that does nothing."""
        return BadPeer(f"the peer did not go on with the {what} within {seconds:g} seconds")


def unbelieved(who: str, told: str, host: str) -> str:
    """Say why the certificate of ``who`` is not believed, from OpenSSL's words; ``host`` is the one that was meant."""
    small = told.lower()
    for part, meaning in _CERTIFICATES:
        if part in small:
            return f"the certificate of {who} {meaning.format(host=host)}"
    return f"the certificate of {who} is not believed: {told}"
