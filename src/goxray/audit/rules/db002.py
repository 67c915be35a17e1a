"""DB002: a connection text with a password in it, or with TLS off."""

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
    from goxray.audit.facts import ConfigUnit, SourceUnit
    from goxray.audit.policy import Policy

_URL = re.compile(
    r"\b(?P<scheme>postgres(?:ql)?|mysql|redis|mongodb(?:\+srv)?|amqp|sqlserver|clickhouse|cockroachdb|kingbase|dm)://"
    r"(?:(?P<user>[^:@/\s]*):(?P<password>[^@/\s]*)@|[^:@/\s]*@)?(?P<host>[^/?\s\"']*)(?P<rest>[^\s\"']*)"
)
_MYSQL = re.compile(r"^[\w.${}%-]+:(?P<password>[^@]*)@(?:tcp6?\((?P<host>[^)]*)\)|unix\([^)]*\))/(?P<rest>\S*)$")
_WORDS = re.compile(r"\b(?P<key>host|password|sslmode|encrypt|tls)\s*=\s*(?P<value>'[^']*'|[^\s;]+)", re.IGNORECASE)
_PAIRS = re.compile(r"\b(?:host|server|dbname|database|user id|user)\s*=", re.IGNORECASE)
_OFF = re.compile(
    r"[?&\s;](?:sslmode=(?:disable|allow|prefer)|encrypt=(?:disable|false)|(?:tls|ssl)=(?:false|skip-verify|preferred)"
    r"|tlsInsecure=true|tlsAllowInvalidCertificates=true|secure=false)(?=$|[&\s;'\"])",
    re.IGNORECASE,
)
_STAND_IN = re.compile(
    r"%[sqv]|\$\{|\$\(|\$[A-Za-z_]|\{\{|^<|^\*+$|^x+$|^\.\.\.$|^\[[^\]]*\]$|^(?-i:[A-Z_]*(?:PASS|PWD|SECRET)[A-Z_]*)$",
    re.IGNORECASE,
)
_PLAIN_SCHEMES = frozenset({"redis", "amqp"})
"""Schemes that mean a connection without TLS: their others are rediss and amqps."""

_CONFIG = "github.com/go-sql-driver/mysql.Config"
_OPEN = frozenset({"false", "skip-verify", "preferred"})


def _source(unit: SourceUnit, _policy: Policy) -> Iterator[Hit]:
    told = set()
    for text in unit.strings("=", "@"):
        problem = _problem(str(text.constant))
        line = (text.place.path, text.place.line)
        if problem is not None and line not in told and not unit.is_test(text.place):
            told.add(line)
            yield Hit(text.place, problem, _hidden(str(text.constant)))
    for made in unit.literals(_CONFIG):
        tls = made.field("TLSConfig")
        if tls is not None and text_constant(tls) in _OPEN and not unit.is_test(made.place):
            yield Hit(tls.place, _said(secret=False, off=True), "mysql.Config TLSConfig")


def _config(unit: ConfigUnit, _policy: Policy) -> Iterator[Hit]:
    told = set()
    for name, (value, line) in [*unit.values.items(), *unit.environment.items()]:
        problem = _problem(value)
        if problem is not None and line not in told:
            told.add(line)
            yield Hit(Place(unit.path, line, symbol=name), problem, f"{name} {_hidden(value)}")


def _problem(text: str) -> Words | None:
    """Say what is wrong with a connection text; None for others, and for one that stays on this machine."""
    if len(text) > 2000 or ("=" not in text and "@" not in text):
        return None
    found = _parts(text)
    if found is None:
        return None
    host, password, off = found
    if is_loopback(host) or host.startswith("/"):
        off = False
    secret = bool(password) and _STAND_IN.search(password) is None
    return _said(secret=secret, off=off) if secret or off else None


def _parts(text: str) -> tuple[str, str, bool] | None:
    """Return (host, password, whether TLS is off) of a connection text."""
    url = _URL.search(text)
    if url is not None:
        off = _OFF.search(url["rest"]) is not None
        plain = url["scheme"] in _PLAIN_SCHEMES and url["password"] is not None and _service(url["host"])
        return url["host"], url["password"] or "", off or plain
    mysql = _MYSQL.match(text)
    if mysql is not None:
        local = mysql["host"] is None
        off = not local and (_OFF.search(mysql["rest"]) is not None or "tls=" not in mysql["rest"])
        return mysql["host"] or "/", mysql["password"], off
    said = {each["key"].lower(): each["value"].strip("'") for each in _WORDS.finditer(text)}
    if _PAIRS.search(text) and said.keys() - {"host"}:
        return said.get("host", ""), said.get("password", ""), _OFF.search(" " + text) is not None
    return None


def _service(host: str) -> bool:
    """Whether a host is known and is not put in later."""
    return bool(host) and _STAND_IN.search(host) is None


def _hidden(text: str) -> str:
    """Return a connection text without its password, for the fingerprint."""
    text = re.sub(r"(:)[^:@/\s]*(@)", r"\1***\2", text)
    return re.sub(r"(password\s*=\s*)\S+", r"\1***", text, flags=re.IGNORECASE)[:200]


def _said(*, secret: bool, off: bool) -> Words:
    if secret and off:
        return Words(
            "The connection text holds a password, and TLS is off: both can be read.",
            "连接串中写有口令,且未启用 TLS:口令与数据均可被读取。",
        )
    if secret:
        return Words(
            "The connection text holds a password: everybody who reads the file has it.",
            "连接串中写有口令:任何能读该文件的人都能得到。",
        )
    return Words(
        "TLS is off or not checked: what goes to the database can be read and changed on the way.",
        "未启用或未校验 TLS:发往数据库的内容在途中可被读取和篡改。",
    )


RULE = Rule(
    info=RuleInfo(
        id="DB002",
        title=Words("connection text with a password or without TLS", "连接串含口令或未启用 TLS"),
        what=Words(
            "Texts in source and configuration that connect to PostgreSQL, MySQL, SQL Server, MongoDB, Redis, AMQP, "
            "ClickHouse, Kingbase or DM with a written password or with TLS off. Connections to this machine may do "
            "without TLS; passwords that are put in later are no finding.",
            "源码与配置中连接 PostgreSQL、MySQL、SQL Server、MongoDB、Redis、AMQP、ClickHouse、人大金仓、达梦且"
            "写有口令或未启用 TLS 的文本。连接本机可不用 TLS;运行时填入的口令不报告。",
        ),
        why=Words(
            "Passwords in files cannot be changed or withdrawn; without TLS all rows cross the network readable.",
            "写进文件的口令难以更换和收回;没有 TLS,所有数据以明文经过网络。",
        ),
        fix=Words(
            "Take the password from a secret store and demand TLS with verification (sslmode=verify-full, tls=true).",
            "口令取自密钥管理系统,并要求校验证书的 TLS(sslmode=verify-full、tls=true)。",
        ),
        clause=level3("8.1.4.8"),
        severity="high",
        evidence=("source", "config"),
        bad='dsn := "postgres://app@db/app?sslmode=disable"',
        good='dsn := "postgres://app@db/app?sslmode=verify-full"',
    ),
    triggers=(b"://", b"@tcp(", b"@unix(", b"sslmode", b"assword=", b"sql-driver/mysql"),
    source=_source,
    config=_config,
)
