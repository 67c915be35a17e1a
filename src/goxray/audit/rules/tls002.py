"""TLS002: TLS versions below 1.2 are let in, or the choice is left to the Go release."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.modules.versions import go_order
from goxray.audit.rule import Hit, Rule
from goxray.audit.rules._clauses import level3
from goxray.audit.rules._shared import copied_over, helper_sets
from goxray.core.audit_result import RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import Composite, SourceUnit, Value
    from goxray.audit.policy import Policy

_TLS12 = 0x0303
_FIELD = "MinVersion"
_NAMES = {0x0300: "SSL 3.0", 0x0301: "TLS 1.0", 0x0302: "TLS 1.1"}

_CLIENTS, _SERVERS = go_order("1.18"), go_order("1.22")
"""From these go lines on the default is TLS 1.2.

For clients since Go 1.18; for servers by GODEBUG tls10server, whose default the go line sets
(internal/godebugs/table.go: ``Changed: 22``; removed in Go 1.27).
"""

_OF_CLIENTS = frozenset({"RootCAs", "ServerName", "InsecureSkipVerify", "ClientSessionCache"})
_OF_SERVERS = frozenset({"ClientCAs", "ClientAuth", "GetCertificate", "GetConfigForClient", "SessionTicketKey"})

_ABSENT = Words(
    "MinVersion is not set: which TLS versions are accepted depends on the Go release and on GODEBUG.",
    "未设置 MinVersion:接受哪些 TLS 版本取决于 Go 版本和 GODEBUG。",
)
_UNWRITTEN = Words(
    "MinVersion is not set: TLS 1.2 is the default of this module's go line, but nothing written shows it.",
    "未设置 MinVersion:按本模块 go 行默认值为 TLS 1.2,但没有可供举证的明文设置。",
)


def _source(unit: SourceUnit, policy: Policy) -> Iterator[Hit]:
    for made in unit.literals("crypto/tls.Config"):
        if unit.is_test(made.place):
            continue
        given = made.fields.get(_FIELD)
        if given is not None and _low(given) and _FIELD not in made.later:
            yield Hit(given.place, _message(given), f"{_FIELD} {given.constant:#x}")
        elif made.field(_FIELD) is None and not copied_over(unit, made) and not helper_sets(unit, made, _FIELD):
            if not _safe_by_default(unit.go_line, made):
                yield Hit(made.place, _ABSENT, made.variable or "tls.Config", "medium")
            elif policy.profile in ("mlps3", "strict"):
                yield Hit(made.place, _UNWRITTEN, made.variable or "tls.Config", severity="info")
    for each in unit.assignments(field=_FIELD):
        if _low(each.value) and not unit.is_test(each.place):
            yield Hit(each.place, _message(each.value), f"{_FIELD} {each.value.constant:#x}")


def _safe_by_default(go_line: str, made: Composite) -> bool:
    """Whether a configuration without MinVersion takes TLS 1.2 and above, by the module's go line and its use."""
    if not go_line:
        return False
    used = set(made.fields) | set(made.later)
    client = bool(used & _OF_CLIENTS) and not used & _OF_SERVERS
    return go_order(go_line) >= (_CLIENTS if client else _SERVERS)


def _low(value: Value) -> bool:
    return isinstance(value.constant, int) and value.constant in _NAMES


def _message(value: Value) -> Words:
    name = _NAMES[value.constant] if isinstance(value.constant, int) else ""
    return Words(
        f"MinVersion lets {name} in, whose ciphers and hashes are broken.",
        f"MinVersion 允许 {name},其密码套件和杂凑算法已不安全。",
    )


RULE = Rule(
    info=RuleInfo(
        id="TLS002",
        title=Words("TLS below 1.2 accepted", "允许低于 1.2 的 TLS"),
        what=Words(
            "tls.Config values whose MinVersion is below TLS 1.2, or absent where the module's go line does not make "
            "1.2 the default (clients from go 1.18 on, servers from go 1.22 on). Under the profiles mlps3 and strict "
            "an absent one is told there too, as information.",
            "MinVersion 低于 TLS 1.2 的 tls.Config,或缺失 MinVersion 且模块的 go 行不保证默认 1.2(客户端自 go 1.18、"
            "服务端自 go 1.22 起保证)。在 mlps3 与 strict 档位下,即使默认安全也作为信息给出。",
        ),
        why=Words(
            "TLS 1.0 and 1.1 rest on MD5 and SHA-1. The default has changed with Go releases (1.18 for clients, 1.22 "
            "for servers) and GODEBUG can lower it, so that only a written version can be shown to an assessor.",
            "TLS 1.0 和 1.1 依赖 MD5 与 SHA-1。默认值随 Go 版本变化(客户端 1.18、服务端 1.22),还可被 GODEBUG 调低,"
            "只有明确写出的版本才能向测评方举证。",
        ),
        fix=Words("Set MinVersion: tls.VersionTLS12 or above.", "设置 MinVersion: tls.VersionTLS12 或更高。"),
        clause=level3("8.1.2.2"),
        severity="medium",
        evidence=("source",),
        bad="&tls.Config{MinVersion: tls.VersionTLS10}",
        good="&tls.Config{MinVersion: tls.VersionTLS12}",
    ),
    triggers=(b"crypto/tls",),
    source=_source,
)
