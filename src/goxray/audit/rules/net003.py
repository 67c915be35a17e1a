"""NET003: HTTP servers that wait for ever for a slow client."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.audit.rules._clauses import level3
from goxray.audit.rules._shared import helper_sets, is_zero
from goxray.core.audit_result import Place, RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import BinaryUnit, SourceUnit
    from goxray.audit.policy import Policy

_SERVING = tuple(f"net/http.{name}" for name in ("ListenAndServe", "ListenAndServeTLS", "Serve", "ServeTLS"))
_FRAMEWORK = ("(github.com/gin-gonic/gin.Engine).Run", "(github.com/gin-gonic/gin.Engine).RunTLS")
_FIELDS = ("ReadHeaderTimeout", "ReadTimeout")


def _source(unit: SourceUnit, _policy: Policy) -> Iterator[Hit]:
    for call in unit.calls(*_SERVING, *_FRAMEWORK):
        if not unit.is_test(call.place):
            name = call.callee.removeprefix("net/")
            yield Hit(call.place, _message(name), name)
    for made in unit.literals("net/http.Server"):
        if unit.is_test(made.place) or made.elements:
            continue
        if all(is_zero(made.field(name)) for name in _FIELDS) and not helper_sets(unit, made, *_FIELDS):
            yield Hit(made.place, _OF_SERVER, made.variable or "http.Server")


def _binary(unit: BinaryUnit, _policy: Policy) -> Iterator[Hit]:
    for name in sorted(unit.functions.intersection(_SERVING)):
        short = name.removeprefix("net/")
        yield Hit(Place(unit.path, symbol=name), _linked(short), short, confidence="low")


def _linked(name: str) -> Words:
    return Words(
        f"{name} is linked in: some package, perhaps a dependency, can start a server without time-outs.",
        f"二进制链接了 {name}:某个包(可能是依赖)可以启动没有超时的服务器。",
    )


def _message(name: str) -> Words:
    return Words(
        f"{name} makes a server without time-outs: clients that send their headers slowly hold it up for ever.",
        f"{name} 建立的服务器没有超时:缓慢发送请求头的客户端可以一直占住它。",
    )


_OF_SERVER = Words(
    "This http.Server sets neither ReadHeaderTimeout nor ReadTimeout: slow clients hold its connections for ever.",
    "此 http.Server 既未设置 ReadHeaderTimeout 也未设置 ReadTimeout:慢速客户端可以一直占住连接。",
)

RULE = Rule(
    info=RuleInfo(
        id="NET003",
        title=Words("server without time-outs", "服务器未设置超时"),
        what=Words(
            "http.ListenAndServe, Serve and their TLS forms, and http.Server values without ReadHeaderTimeout and "
            "ReadTimeout.",
            "http.ListenAndServe、Serve 及其 TLS 形式,以及没有 ReadHeaderTimeout 和 ReadTimeout 的 http.Server。",
        ),
        why=Words(
            "A few slow clients are enough to use up every connection (a slow-header attack).",
            "少量慢速客户端就足以耗尽全部连接(慢速请求头攻击)。",
        ),
        fix=Words(
            "Make an http.Server with ReadHeaderTimeout (and IdleTimeout) set, and call its method.",
            "自行构造设置了 ReadHeaderTimeout(及 IdleTimeout)的 http.Server,再调用它的方法。",
        ),
        clause=level3("8.1.4.4"),
        severity="medium",
        evidence=("source", "binary"),
        bad='http.ListenAndServe("10.0.0.5:8443", mux)',
        good='server := &http.Server{Addr: "10.0.0.5:8443", Handler: mux, ReadHeaderTimeout: 5 * time.Second}',
    ),
    triggers=(b"net/http", b"gin-gonic/gin"),
    source=_source,
    binary=_binary,
)
