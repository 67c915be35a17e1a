"""MOD005: a known vulnerability in what is built."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.core.audit_result import SEVERITIES, Clause, Place, RuleInfo, Severity
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import Advisory, BinaryUnit, ModuleUnit
    from goxray.audit.policy import Policy

_NAMES: dict[str, Severity] = {name: name for name in SEVERITIES} | {"moderate": "medium"}


def _module(unit: ModuleUnit, _policy: Policy) -> Iterator[Hit]:
    """What was not built but is the least that go.mod allows counts one by one only where a function is named."""
    together: dict[str, list[Advisory]] = {}
    for each in unit.advisories:
        if each.assumed and not each.reached:
            together.setdefault(each.module, []).append(each)
        else:
            yield _hit(each, Place(unit.path, line=unit.lines.get(each.module, 0), symbol=each.module))
    for module, found in together.items():
        yield _least(module, found, Place(unit.path, symbol=module))


def _binary(unit: BinaryUnit, _policy: Policy) -> Iterator[Hit]:
    """A small function may leave no trace in the table where it is inlined: what the source calls is not unreached."""
    called = {each.id for each in unit.source.advisories if each.reached} if unit.source is not None else set()
    for each in unit.advisories:
        known = replace(each, reached=None) if each.reached is False and each.id in called else each
        yield _hit(known, Place(unit.path, symbol=each.module))


def _hit(found: Advisory, place: Place) -> Hit:
    """Advisories whose symbols nobody calls rank a step lower; where nobody can tell, their own severity holds."""
    names = ", ".join((found.id, *found.aliases))
    mended = f"v{found.fixed}" if found.module not in ("stdlib", "toolchain") else f"go{found.fixed}"
    unreached = found.reached is False
    english = f"{found.module} {found.version}: {names}. {found.summary}".rstrip(". ") + "."
    chinese = f"{found.module} {found.version} 存在已知漏洞 {names}:{found.summary}"
    if found.assumed:
        english += f" So it is where go.mod's least Go is used: {found.version}."
        chinese += f" 按 go.mod 允许的最低 Go 版本 {found.version} 判断。"
    if unreached:
        english += " None of the vulnerable functions is reached."
        chinese += " 未发现对受影响函数的调用。"
    elif found.by:
        english += f" {found.by} is reached."
        chinese += f" 已使用 {found.by}。"
    severity = _NAMES.get(found.severity, "high")
    fix = Words(f"Use {mended} or newer.", f"升级到 {mended} 或更高版本。") if found.fixed else None
    return Hit(
        place,
        Words(english, chinese),
        f"{found.id} {found.module}",
        confidence="low" if found.assumed else "high" if found.reached else "medium",
        severity=_below(severity) if unreached or found.assumed else severity,
        fix=fix,
    )


def _least(module: str, found: list[Advisory], place: Place) -> Hit:
    version = found[0].version
    ids = ", ".join(each.id for each in found)
    here, part = (
        ("the standard library", "标准库") if module == "stdlib" else ("the go command and compiler", "go 命令与编译器")
    )
    known = "1 known vulnerability" if len(found) == 1 else f"{len(found)} known vulnerabilities"
    says = Words(
        f"Go {version}, the least that go.mod allows, has {known} in {here}; the code names none of the functions "
        f"concerned: {ids}.",
        f"go.mod 允许的最低版本 Go {version} 的{part}有 {len(found)} 个已知漏洞;代码未直接使用其中的函数:{ids}。",
    )
    fix = Words(
        "Raise the go or toolchain line to a release without them; what a build really used its binary tells.",
        "把 go 行或 toolchain 行升到已修复的版本;实际构建所用的版本以二进制为准。",
    )
    return Hit(place, says, f"{module} {version}", confidence="low", severity="low", fix=fix)


def _below(severity: Severity) -> Severity:
    return SEVERITIES[max(0, SEVERITIES.index(severity) - 1)]


RULE = Rule(
    info=RuleInfo(
        id="MOD005",
        title=Words("a known vulnerability", "已知漏洞"),
        what=Words(
            "Advisories of the offline database that concern a selected module's version or the standard library. "
            "Where none of the functions concerned is called in source or linked into the binary they rank a step "
            "lower.",
            "离线漏洞库中涉及所选模块版本或标准库的公告。受影响函数在源码中未被调用、或未链接进二进制时,严重程度降一级。",
        ),
        why=Words(
            "What is published is used. An advisory whose functions are reached comes first.",
            "公开的漏洞就会被利用。受影响函数确被调用的排在前面。",
        ),
        fix=Words(
            "Use a version in which it is mended; where there is none, stop using the functions concerned.",
            "升级到已修复的版本;若尚无修复版本,停止使用受影响的函数。",
        ),
        clause=Clause("GB/T 22239-2019", "8.1.4.4", Words("intrusion prevention", "入侵防范")),
        severity="high",
        evidence=("module", "binary"),
        bad="require golang.org/x/net v0.16.0",
        good="require golang.org/x/net v0.40.0",
    ),
    module=_module,
    binary=_binary,
)
