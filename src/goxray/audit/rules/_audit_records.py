"""What an audit record is in source: structs and log calls whose names say audit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goxray.audit.rules._shared import words, words_of

if TYPE_CHECKING:
    from goxray.audit.facts import Call, Struct, Value

_LASTS = frozenset({"record", "event", "entry", "log", "item", "trail", "message", "row"})
_MACHINERY = ("sync.", "*sync.", "chan ", "func", "io.", "*os.File", "*database/sql.", "*log", "*go.uber.org")


def named_audit(name: str) -> bool:
    """Whether a type's name is that of an audit record: ``AuditEvent``, ``loginAuditLog``."""
    said = words(name)
    return "audit" in said and said[-1] in _LASTS


def is_record(struct: Struct) -> bool:
    """Whether a struct is an audit record, and not what writes or configures them."""
    if not named_audit(struct.name) or len(struct.fields) < 2:
        return False
    if {"Log", "Write", "Info", "Printf", "Close"} & struct.methods:
        return False
    return not any(field.type.startswith(_MACHINERY) for field in struct.fields)


def speaks_audit(call: Call) -> bool:
    """Whether a log call goes to an audit log: its logger's name or the first word of its message says so."""
    receiver = call.receiver
    if receiver is not None and "audit" in words_of(receiver.names):
        return True
    message = next((each.constant for each in call.args if isinstance(each.constant, str)), "")
    return words(message)[:1] == ("audit",)


def from_clock(value: Value | None, depth: int = 0) -> bool:
    """Whether a value is what time.Now gave, formatted or converted."""
    if value is None or value.kind != "call" or value.call is None or depth > 4:
        return False
    call = value.call
    if call.callee == "time.Now" or from_clock(call.receiver, depth + 1):
        return True
    return len(call.args) == 1 and from_clock(call.args[0], depth + 1)
