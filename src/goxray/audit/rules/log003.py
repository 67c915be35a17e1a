"""LOG003: logs are thrown away before six months are over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.audit.rules._clauses import level3
from goxray.core.audit_result import Place, RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import Composite, ConfigUnit, SourceUnit, Value
    from goxray.audit.policy import Policy

_ROTATORS = (
    "gopkg.in/natefinch/lumberjack.v2.Logger",
    "gopkg.in/natefinch/lumberjack.v3.Logger",
    "github.com/natefinch/lumberjack.Logger",
    "github.com/natefinch/lumberjack/v3.Logger",
)
_MAX_AGE = "github.com/lestrrat-go/file-rotatelogs.WithMaxAge"
_DAY_OF_NANOSECONDS = 86_400 * 10**9

_ABOUT_LOGS = re.compile(r"log|audit|loki|journal", re.IGNORECASE)
_AGE_KEY = re.compile(
    r"(?:max[-_]?age|retention|retention[-_]?(?:days?|period|time)|keep[-_]?days?|max[-_]?days?|ttl[-_]?days?"
    r"|expire[-_]?days?)$",
    re.IGNORECASE,
)
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(d|days?|h|hours?|w|weeks?|m|months?|y|years?)?$", re.IGNORECASE)
_DIGITS = re.compile(r"[0-9]{1,9}")
_DAYS = {"d": 1.0, "h": 1 / 24, "w": 7.0, "y": 365.0}
_PERIODS = {"hourly": 1 / 24, "daily": 1.0, "weekly": 7.0, "monthly": 30.5, "yearly": 365.0}


def _source(unit: SourceUnit, policy: Policy) -> Iterator[Hit]:
    for made in unit.literals(*_ROTATORS):
        if not unit.is_test(made.place):
            yield from _of_rotator(made, policy.retention_days)
    for call in unit.calls(_MAX_AGE):
        span = call.args[0].constant if call.args else None
        if isinstance(span, int | float) and not isinstance(span, bool) and not unit.is_test(call.place):
            days = span / _DAY_OF_NANOSECONDS
            if 0 < days < policy.retention_days:
                yield Hit(call.place, _short("WithMaxAge", days, policy.retention_days), "WithMaxAge")


def _of_rotator(made: Composite, least: int) -> Iterator[Hit]:
    age, backups = made.field("MaxAge"), made.field("MaxBackups")
    days, files = _number(age), _number(backups)
    if age is not None and days is not None and 0 < days < least:
        yield Hit(age.place, _short("MaxAge", days, least), f"MaxAge: {days:g}")
    elif backups is not None and files is not None and files > 0:
        message = Words(
            f"MaxBackups keeps {files:g} files whatever their age: with much logged, less than {least} days.",
            f"MaxBackups 不论时间只保留 {files:g} 个文件:日志量大时保留不足 {least} 天。",
        )
        yield Hit(backups.place, message, f"MaxBackups: {files:g}", confidence="low")


def _number(value: Value | None) -> float | None:
    given = value.constant if value is not None else None
    return float(given) if isinstance(given, int | float) and not isinstance(given, bool) else None


def _config(unit: ConfigUnit, policy: Policy) -> Iterator[Hit]:
    if unit.kind == "logrotate":
        yield from _of_logrotate(unit, policy.retention_days)
        return
    for name, (value, line) in unit.values.items():
        parts = [each for each in name.split(".") if not each.isdigit()]
        if parts and _AGE_KEY.search(parts[-1]) and _ABOUT_LOGS.search(f"{unit.path.rpartition('/')[2]}.{name}"):
            days = _span(parts[-1], value)
            if days is not None and 0 < days < policy.retention_days:
                yield Hit(Place(unit.path, line, symbol=name), _short(parts[-1], days, policy.retention_days), name)


def _span(key: str, value: str) -> float | None:
    """Return a span in days; a number without a unit is days only where the key or lumberjack's custom says so."""
    match = _SPAN.match(value.strip())
    if match is None:
        return None
    unit = (match[2] or "").lower()
    if not unit:
        plain = key.lower().replace("-", "").replace("_", "")
        return float(match[1]) if "day" in plain or plain.endswith("maxage") else None
    if unit.startswith("m"):
        return float(match[1]) * 30.5 if unit.startswith("mo") else None
    return float(match[1]) * _DAYS[unit[0]]


def _of_logrotate(unit: ConfigUnit, least: int) -> Iterator[Hit]:
    blocks: dict[str, dict[str, tuple[str, int]]] = {}
    for name, given in unit.values.items():
        block, _, directive = name.partition(".")
        blocks.setdefault(block, {})[directive] = given
    general = blocks.pop("0", {})
    for block in sorted(blocks, key=int):
        yield from _of_block(unit.path, general | blocks[block], least)
    if not blocks:
        yield from _of_block(unit.path, general, least)


def _of_block(path: str, directives: dict[str, tuple[str, int]], least: int) -> Iterator[Hit]:
    """Count ``rotate`` times the period; ``maxage`` ends earlier. ``rotate -1`` and no ``rotate`` line say nothing."""
    age, line = directives.get("maxage", ("", 0))
    if _DIGITS.fullmatch(age) and int(age) < least:
        yield Hit(Place(path, line, symbol="maxage"), _short("maxage", float(age), least), f"maxage {age}")
        return
    count, line = directives.get("rotate", ("", 0))
    said = [(directives[name][1], days) for name, days in _PERIODS.items() if name in directives]
    if _DIGITS.fullmatch(count) and said:
        days = int(count) * max(said)[1]
        if days < least:
            yield Hit(Place(path, line, symbol="rotate"), _short("rotate", days, least), f"rotate {count}")


def _short(what: str, days: float, least: int) -> Words:
    return Words(
        f"{what} keeps logs for {days:.4g} days; {least} are asked for (six months are 181 to 184 days).",
        f"{what} 使日志只保留 {days:.4g} 天,要求 {least} 天(六个月为 181 至 184 天)。",
    )


RULE = Rule(
    info=RuleInfo(
        id="LOG003",
        title=Words("logs kept for less than six months", "日志留存不足六个月"),
        what=Words(
            "lumberjack's MaxAge and MaxBackups, file-rotatelogs' WithMaxAge, logrotate's rotate and maxage, and "
            "retention settings of logs in configuration files.",
            "lumberjack 的 MaxAge 与 MaxBackups、file-rotatelogs 的 WithMaxAge、logrotate 的 rotate 与 maxage,"
            "以及配置文件中的日志留存设置。",
        ),
        why=Words(
            "The Cybersecurity Law asks for network logs of at least six months: article 21(3), renumbered 23(3) by "
            "the amendment in force since 2026. Clause 8.1.5.4 d defers to it. 180 days fall short.",
            "《网络安全法》第二十一条第(三)项(2026 年起施行的修正后为第二十三条第(三)项)要求网络日志留存不少于六个月;"
            "8.1.5.4 d 指向该法。180 天不够。",
        ),
        fix=Words(
            "Keep 184 days or more, and do not bound the number of files where that can end earlier.",
            "保留 184 天以上;文件个数上限可能提前删除日志时不要设置。",
        ),
        clause=level3("8.1.5.4 d"),
        severity="high",
        evidence=("config", "source"),
        bad='&lumberjack.Logger{Filename: "app.log", MaxAge: 30}',
        good='&lumberjack.Logger{Filename: "app.log", MaxAge: 184}',
    ),
    triggers=(b"lumberjack", b"file-rotatelogs"),
    source=_source,
    config=_config,
)
