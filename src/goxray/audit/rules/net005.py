"""NET005: plain HTTP, and listeners on every address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.audit.rules._clauses import level3
from goxray.audit.rules._shared import is_loopback, text_constant
from goxray.core.audit_result import Place, RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import SourceUnit, Value
    from goxray.audit.policy import Policy

_URL_AT = {
    "net/http.Get": 0,
    "net/http.Head": 0,
    "net/http.Post": 0,
    "net/http.PostForm": 0,
    "net/http.NewRequest": 1,
    "net/http.NewRequestWithContext": 2,
    "(net/http.Client).Get": 0,
    "(net/http.Client).Head": 0,
    "(net/http.Client).Post": 0,
    "(net/http.Client).PostForm": 0,
}
_PLAIN_SERVER = "net/http.ListenAndServe"
_ADDRESS_AT = {
    _PLAIN_SERVER: 0,
    "net/http.ListenAndServeTLS": 0,
    "net.Listen": 1,
    "net.ListenPacket": 1,
    "crypto/tls.Listen": 1,
    "(github.com/gin-gonic/gin.Engine).Run": 0,
    "(github.com/gin-gonic/gin.Engine).RunTLS": 0,
}
_EVERY = frozenset(("", "0.0.0.0", "[::]", "::", "*"))
_HOST = re.compile(r"http://([^/?#%\s]+)(?:[/?#]|$)")


def _source(unit: SourceUnit, _policy: Policy) -> Iterator[Hit]:
    for call in unit.calls(*_URL_AT):
        at = _URL_AT[call.callee]
        url = _url(call.args[at]) if at < len(call.args) else ""
        found = _HOST.match(url)
        if found and not is_loopback(found[1].rpartition("@")[2]) and not unit.is_test(call.place):
            yield _plain(call.place, found[1])
    for call in unit.calls(*_ADDRESS_AT):
        at = _ADDRESS_AT[call.callee]
        address = _address(call.args[at]) if at < len(call.args) else None
        if address is None or unit.is_test(call.place) or (at and text_constant(call.args[0]) == "unix"):
            continue
        if _everywhere(address):
            yield _bound(call.place, address)
        elif call.callee == _PLAIN_SERVER and not is_loopback(address):
            yield _plain(call.place, address)
    for made in unit.literals("net/http.Server"):
        given = made.field("Addr")
        address = text_constant(given)
        if given is not None and address and _everywhere(address) and not unit.is_test(given.place):
            yield _bound(given.place, address)


def _url(value: Value) -> str:
    """Return an URL as far as it is known: a constant, or the format of fmt.Sprintf."""
    if value.call is not None and value.call.callee == "fmt.Sprintf" and value.call.args:
        return text_constant(value.call.args[0]) or ""
    return text_constant(value) or ""


def _address(value: Value) -> str | None:
    """Return an address as far as it is known: a constant, a format, or what net.JoinHostPort is given."""
    call = value.call
    if call is not None and call.args and call.callee in ("fmt.Sprintf", "net.JoinHostPort"):
        host = text_constant(call.args[0])
        return host if host is None or call.callee == "fmt.Sprintf" else f"{host}:"
    return text_constant(value)


def _everywhere(address: str) -> bool:
    host, colon, _port = address.rpartition(":")
    return bool(colon) and host in _EVERY


def _plain(place: Place, where: str) -> Hit:
    return Hit(
        place,
        Words(
            f"Plain HTTP with {where}: anybody in between can read and change it.",
            f"与 {where} 之间使用明文 HTTP:中间人可以读取并篡改内容。",
        ),
        where,
    )


def _bound(place: Place, address: str) -> Hit:
    return Hit(
        place,
        Words(
            f"The listener on {address!r} takes connections on every address of the machine.",
            f"监听 {address!r} 会在本机所有地址上接受连接。",
        ),
        address,
    )


RULE = Rule(
    info=RuleInfo(
        id="NET005",
        title=Words("plain HTTP or a listener on every address", "明文 HTTP 或监听所有地址"),
        what=Words(
            "Requests to http:// URLs, http.ListenAndServe on an address that is not the loopback's, and listeners "
            "without a host.",
            "对 http:// 地址的请求、在非回环地址上的 http.ListenAndServe,以及未指定主机的监听。",
        ),
        why=Words(
            "Transmission must be protected; a listener on every address is reachable from networks nobody thought of.",
            "通信传输须受保护;监听所有地址会让服务暴露给意料之外的网络。",
        ),
        fix=Words(
            "Serve and ask by TLS, and bind the address that the service is meant for.",
            "服务与请求均使用 TLS,并绑定服务应使用的地址。",
        ),
        clause=level3("8.1.2.2"),
        severity="medium",
        evidence=("source",),
        bad='http.ListenAndServe(":80", mux)',
        good='server := &http.Server{Addr: "10.0.0.5:8443"}\nserver.ListenAndServeTLS("cert.pem", "key.pem")',
    ),
    triggers=(b"net/http", b"net.Listen", b"tls.Listen", b"gin-gonic/gin"),
    source=_source,
)
