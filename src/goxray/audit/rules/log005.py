"""LOG005: a log file that others may write, that is emptied on opening, or that nothing chains."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.audit.rules._clauses import level3
from goxray.audit.rules._shared import words, words_of
from goxray.core.audit_result import RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import Call, SourceUnit, Value
    from goxray.audit.policy import Policy

_MODES = {"os.OpenFile": 2, "os.WriteFile": 2, "os.Chmod": 1, "os.Mkdir": 1, "os.MkdirAll": 1}
"""Which argument is the mode."""

_BY_OTHERS, _ALL = 0o002, 0o777
_LOG_PATH = re.compile(r"\.log$|(?:^|/)logs?(?:/|$)|(?:^|[/_.-])audit(?:[/_.-]|$)", re.IGNORECASE)
_AUDIT_PATH = re.compile(r"(?:^|[/_.-])audit(?:[/_.-]|$)", re.IGNORECASE)
_HASHING = re.compile(r"^crypto/(?:hmac|sha\d+|ed25519|ecdsa|rsa)$|/sm[23]$")
_CHAINING = re.compile(
    r"hmac\.New|\bSign(?:ASN1|PSS|PKCS1v15)?\(|(?:prev|previous|last|parent)_?\w*(?:hash|sum|digest|mac|tag)|chain",
    re.IGNORECASE,
)
"""What code does that chains records: a keyed hash, a signature, the hash of the record before."""

_ROTATING = ("gopkg.in/natefinch/lumberjack.v2.Logger", "github.com/natefinch/lumberjack.Logger")
_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')


def _source(unit: SourceUnit, policy: Policy) -> Iterator[Hit]:
    strict = policy.profile in ("mlps3", "strict") and not _chains(unit)
    for call in unit.calls(*_MODES, "os.Create"):
        if unit.is_test(call.place) or not call.args or not _is_log(call.args[0]):
            continue
        problem = _problem(call)
        if problem is not None:
            yield Hit(call.place, problem, f"{call.callee} {call.args[0].text}")
        elif strict and _keeps_audit(call):
            yield Hit(call.place, _UNCHAINED, f"unchained {call.args[0].text}", confidence="low", severity="low")
    for made in unit.literals(*_ROTATING) if strict else ():
        name = made.field("Filename")
        if name is not None and _is_audit(name) and not unit.is_test(made.place):
            yield Hit(made.place, _UNCHAINED, f"unchained {name.text}", confidence="low", severity="low")


def _chains(unit: SourceUnit) -> bool:
    """Whether a package chains or signs something: it imports what can, and a function or a field says that it does."""
    if not any(_HASHING.search(each.path) for each in unit.imports()):
        return False
    return any(_CHAINING.search(each.text) for each in unit.functions()) or any(
        _CHAINING.search(field.name) for struct in unit.structs() for field in struct.fields
    )


def _keeps_audit(call: Call) -> bool:
    """Whether a call opens an audit log to write to it."""
    opens = call.callee == "os.OpenFile" and len(call.args) > 1
    return opens and _is_audit(call.args[0]) and bool({"O_WRONLY", "O_RDWR"} & call.args[1].names)


def _is_log(path: Value) -> bool:
    texts = _texts(path)
    return any(_LOG_PATH.search(each) for each in texts) or bool(
        not isinstance(path.constant, str) and words_of(path.names) & {"log", "logs", "logfile", "logpath", "audit"}
    )


def _is_audit(path: Value) -> bool:
    texts = _texts(path)
    return any(_AUDIT_PATH.search(each) for each in texts) or (
        not isinstance(path.constant, str) and "audit" in words_of(path.names)
    )


def _texts(path: Value) -> list[str]:
    """Return a path's text where it is constant, else the constant parts of it: ``filepath.Join(dir, "audit.log")``."""
    return [path.constant] if isinstance(path.constant, str) else _LITERAL.findall(path.text)


def _problem(call: Call) -> Words | None:
    name = call.callee
    if name == "os.Create":
        return _EMPTIED if _is_audit(call.args[0]) else None
    at = _MODES[name]
    mode = _mode(call.args[at]) if len(call.args) > at else None
    if mode is not None and mode & _BY_OTHERS:
        return Words(
            f"{name} makes it {mode:04o}: every user of the machine may change or empty it.",
            f"{name} 使其权限为 {mode:04o}:本机任何用户都可修改或清空。",
        )
    return _EMPTIED if name == "os.OpenFile" and _is_audit(call.args[0]) and _truncates(call.args[1]) else None


def _mode(value: Value) -> int | None:
    """Return a mode's permission bits: a constant, os.ModePerm, or a conversion of one to FileMode."""
    if isinstance(value.constant, int) and not isinstance(value.constant, bool):
        return value.constant
    if value.text in ("os.ModePerm", "fs.ModePerm"):
        return _ALL
    inner = value.call.args if value.call is not None and value.call.callee.endswith(".FileMode") else ()
    return _mode(inner[0]) if len(inner) == 1 else None


def _truncates(flags: Value) -> bool:
    return any(words(name)[-1:] == ("trunc",) for name in flags.names)


_EMPTIED = Words(
    "Opening the audit log this way empties it: what was recorded before is gone after a restart.",
    "这样打开会清空审计日志:重启之后先前的记录全部丢失。",
)
_UNCHAINED = Words(
    "Nothing in this package chains or signs the audit records: one that was changed or removed is not noticed.",
    "本包没有对审计记录做链式杂凑或签名:记录被修改或删除无从发现。",
)

RULE = Rule(
    info=RuleInfo(
        id="LOG005",
        title=Words("log file open to changes", "日志文件可被篡改"),
        what=Words(
            "Log files and directories created with write permission for everybody, audit logs that are emptied when "
            "opened, and, under the profiles mlps3 and strict, audit logs of packages that chain and sign nothing.",
            "以任何人可写的权限创建的日志文件或目录、打开时被清空的审计日志,以及在 mlps3 与 strict 档位下所在包既不做"
            "链式杂凑也不做签名的审计日志。",
        ),
        why=Words(
            "Audit records must be protected from being deleted, changed or overwritten unexpectedly.",
            "审计记录应受到保护,避免受到未预期的删除、修改或覆盖。",
        ),
        fix=Words(
            "Open with O_APPEND and 0600, chain the records with a keyed hash, and copy them to another machine.",
            "以 O_APPEND 和 0600 打开,用带密钥的杂凑串接记录,并转存到其他主机。",
        ),
        clause=level3("8.1.4.3 c"),
        severity="medium",
        evidence=("source",),
        bad='os.OpenFile("/var/log/app.log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0666)',
        good='os.OpenFile("/var/log/app.log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0600)',
    ),
    triggers=(b"lumberjack", b"os.OpenFile", b"os.Create", b"os.WriteFile", b"os.Chmod", b"os.Mkdir"),
    source=_source,
)
