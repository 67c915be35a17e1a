"""DB001: personal data goes to a column as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.audit.rules._clauses import level3
from goxray.audit.rules._personal import personal
from goxray.core.audit_result import RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import Field, SourceUnit, Struct
    from goxray.audit.policy import Policy

_COLUMN = re.compile(r"""(?:^|\s)(?:db|gorm|xorm|bun|sql|pg|orm|bson):"([^"]*)\"""")
_MODELS = frozenset({"gorm.io/gorm.Model", "github.com/jinzhu/gorm.Model", "github.com/uptrace/bun.BaseModel"})
_PLAIN = frozenset({"string", "[]byte", "[]string", "database/sql.NullString", "gopkg.in/guregu/null.v4.String"})
_SEALED = re.compile(r"serializer:|encrypt|cipher|sm4", re.IGNORECASE)


def _source(unit: SourceUnit, policy: Policy) -> Iterator[Hit]:
    for struct in unit.structs():
        if unit.is_test(struct.place) or not _is_row(struct):
            continue
        for field in struct.fields:
            if _is_open(field) and personal(field.name, policy.personal_names):
                message = Words(
                    f"{struct.name}.{field.name} is stored as {field.type}: nothing encrypts the column.",
                    f"{struct.name}.{field.name} 以 {field.type} 存储:该列没有加密。",
                )
                yield Hit(field.place, message, f"{struct.name}.{field.name}", confidence="medium")


def _is_row(struct: Struct) -> bool:
    """Whether a struct is a table's row: by tags, by an embedded model, by TableName; not where it seals itself."""
    if {"BeforeSave", "BeforeCreate", "BeforeInsert", "Value"} & struct.methods:
        return False
    tagged = any(_COLUMN.search(field.tag) for field in struct.fields)
    modelled = any(field.type in _MODELS for field in struct.fields)
    return tagged or modelled or "TableName" in struct.methods


def _is_open(field: Field) -> bool:
    if field.type.removeprefix("*") not in _PLAIN:
        return False
    column = _COLUMN.search(field.tag)
    if column is not None and column[1].split(",")[0].split(";")[0] == "-":
        return False
    return _SEALED.search(field.tag) is None


RULE = Rule(
    info=RuleInfo(
        id="DB001",
        title=Words("personal data in a plain column", "个人信息列未加密"),
        what=Words(
            "Fields of table structs (db, gorm, xorm, bun, sql, pg, orm, bson tags, embedded models, TableName) whose "
            "names stand for personal data and whose types are plain text or bytes. Types with Scanner and Valuer, "
            "serializers and hooks of the struct are taken to encrypt.",
            "表结构体(带 db、gorm、xorm、bun、sql、pg、orm、bson 标签,嵌入模型,或有 TableName 方法)中名称表示个人信息、"
            "类型为普通文本或字节的字段。带 Scanner/Valuer 的类型、序列化器及结构体钩子视为已加密。",
        ),
        why=Words(
            "A dump, a backup or a replica shows every row to whoever gets it.",
            "拿到转储、备份或从库的人可以看到每一行明文。",
        ),
        fix=Words(
            "Give the field a type whose Value encrypts (SM4-GCM) and whose Scan decrypts; search by a keyed token.",
            "让字段类型在 Value 中加密(SM4-GCM)、在 Scan 中解密;检索用带密钥的令牌。",
        ),
        clause=level3("8.1.4.8"),
        severity="medium",
        evidence=("source",),
        bad='Phone string `db:"phone"`',
        good='Phone EncryptedString `db:"phone"`',
    ),
    triggers=(b"db:", b"gorm", b"xorm:", b"bun", b"sql:", b"pg:", b"orm:", b"bson:", b"TableName"),
    source=_source,
)
