"""NET004: the inventory of endpoints, compared with what the policy declares."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.audit.rules._clauses import level3
from goxray.audit.rules._shared import is_loopback, text_constant
from goxray.core.audit_result import Place, RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import SourceUnit
    from goxray.audit.policy import Policy

_HOST_AT = {
    "net.Dial": 1,
    "net.DialTimeout": 1,
    "crypto/tls.Dial": 1,
    "(net.Dialer).Dial": 1,
    "(net.Dialer).DialContext": 2,
    "net.LookupHost": 0,
    "net.LookupIP": 0,
    "net.LookupAddr": 0,
    "net.LookupCNAME": 0,
    "net.LookupMX": 0,
    "net.LookupTXT": 0,
    "net/smtp.Dial": 0,
    "net/smtp.SendMail": 0,
    "net/rpc.Dial": 1,
    "google.golang.org/grpc.Dial": 0,
    "google.golang.org/grpc.NewClient": 0,
}
"""Which argument of a function is the host, perhaps with a port."""

_SCHEMES = "https?|wss?|grpcs?|rediss?|amqps?|postgres(?:ql)?|mongodb(?:\\+srv)?|nats|ftp|ldaps?|tcp"
_URL = re.compile(rf"(?:{_SCHEMES})://(?:[^/@\s]*@)?(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(?::\d+)?(?:[/?#]\S*)?")
_HOST = re.compile(r"(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(?::\w+)?")
_NAMESPACES = ("w3.org", "xmlsoap.org", "openxmlformats.org", "json-schema.org", "microsoft.com/office", "purl.org")
"""Hosts that stand in names of XML and JSON vocabularies, which nobody asks."""

_DOCUMENTATION = ("//pkg.go.dev/", "//godoc.org/")
"""Sites that a link to the documentation of a package names."""


def _source(unit: SourceUnit, policy: Policy) -> Iterator[Hit]:
    told: set[tuple[str, int, str]] = set()
    for place, host in _endpoints(unit):
        at = (place.path, place.line, host)
        if at not in told and not unit.is_test(place) and not _declared(host, policy):
            told.add(at)
            yield Hit(place, _message(host), host)


def _endpoints(unit: SourceUnit) -> Iterator[tuple[Place, str]]:
    for call in unit.calls(*_HOST_AT):
        at = _HOST_AT[call.callee]
        address = text_constant(call.args[at]) if at < len(call.args) else None
        network = text_constant(call.args[at - 1]) if at else None
        found = _HOST.fullmatch(address or "")
        if found and network != "unix":
            yield call.place, found[1]
    for text in unit.strings("://"):
        found = _URL.fullmatch(text.constant) if isinstance(text.constant, str) else None
        if found and not any(name in found[0] for name in (*_NAMESPACES, *_DOCUMENTATION)):
            yield text.place, found[1]


def _declared(host: str, policy: Policy) -> bool:
    if is_loopback(host) or host in ("0.0.0.0", "[::]"):
        return True
    names = (each.partition("://")[2] or each for each in policy.endpoints)
    return any(fnmatchcase(host.lower(), re.sub(r":\d+$", "", name.lower())) for name in names)


def _message(host: str) -> Words:
    return Words(
        f"The code names the endpoint {host}, which the policy does not declare.",
        f"代码中出现端点 {host},策略文件未声明。",
    )


RULE = Rule(
    info=RuleInfo(
        id="NET004",
        title=Words("endpoint that the policy does not declare", "策略未声明的网络端点"),
        what=Words(
            "Hosts in Dial and Lookup calls and in URL texts that are not among the policy's endpoints.",
            "Dial、Lookup 调用及 URL 文本中出现、但不在策略端点清单中的主机。",
        ),
        why=Words(
            "What a service speaks to must be known before it can be watched and recorded.",
            "只有先知道服务与谁通信,才能监测和审计。",
        ),
        fix=Words(
            "Declare the host among the endpoints of goxray.toml, or take it from the configuration.",
            "在 goxray.toml 的端点清单中声明该主机,或改为从配置读取。",
        ),
        clause=level3("8.1.4.3"),
        severity="info",
        evidence=("source",),
        bad='conn, err := net.Dial("tcp", "collector.example.net:4317")',
        good='# goxray.toml\nendpoints = ["collector.example.net"]',
    ),
    triggers=(b"://", b"net.Dial", b"net.Lookup", b".DialContext", b"tls.Dial", b"smtp.", b"rpc."),
    source=_source,
)
