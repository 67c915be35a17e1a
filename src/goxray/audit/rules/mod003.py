"""MOD003: a module that the organisation's list does not allow, or not in this version."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.modules.replacing import stands_for
from goxray.audit.modules.versions import within
from goxray.audit.rule import Hit, Rule
from goxray.core.audit_result import POLICY, Place, RuleInfo, Severity
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import BinaryUnit, ModuleUnit
    from goxray.audit.policy import Allowed, Policy
    from goxray.core.audit_result import Module


def _module(unit: ModuleUnit, policy: Policy) -> Iterator[Hit]:
    for each in unit.selected:
        yield from _judged(each, policy, Place(unit.path, line=unit.lines.get(each.path, 0), symbol=each.path))


def _binary(unit: BinaryUnit, policy: Policy) -> Iterator[Hit]:
    for each in unit.facts.modules:
        if not each.main:
            yield from _judged(each, policy, Place(unit.path, symbol=each.path))


def _judged(module: Module, policy: Policy, place: Place) -> Iterator[Hit]:
    if not policy.modules:
        return
    path, version = stands_for(module)
    allowed = [each for each in policy.modules if covers(each.path, path)]
    severity: Severity = "medium" if module.indirect else "high"
    text = f"{path}@{version}"
    instead = path != module.path
    if not allowed:
        says = Words(
            f"{path} is not on the list of allowed modules" + (f" (it replaces {module.path})." if instead else "."),
            f"{path} 不在白名单中" + (f"(它替换了 {module.path})。" if instead else "。"),
        )
        yield Hit(place, says, text, severity=severity)
    elif not any(within(version, each.versions) for each in allowed):
        ranges = _ranges(allowed)
        says = Words(
            f"{path} {version} is outside the allowed versions: {ranges}.",
            f"{path} {version} 不在允许的版本范围内:{ranges}。",
        )
        yield Hit(place, says, text, severity=severity)


def covers(pattern: str, path: str) -> bool:
    """Whether a path of the list means a module: itself, or with ``/...`` at its end all below it too."""
    if pattern.endswith("/..."):
        base = pattern.removesuffix("/...")
        return path == base or path.startswith(f"{base}/")
    return path == pattern


def _ranges(allowed: list[Allowed]) -> str:
    return " | ".join(each.versions for each in allowed)


RULE = Rule(
    info=RuleInfo(
        id="MOD003",
        title=Words("a module that is not on the whitelist", "模块不在白名单中"),
        what=Words(
            "Selected modules, and modules linked into a binary, that [[modules]] of the policy does not allow; of a "
            "replaced module the one that stands for it.",
            "被选中的模块以及链接进二进制的模块,不在策略文件 [[modules]] 允许之列;被替换的模块按替换后的模块判断。",
        ),
        why=Words(
            "An approval holds for a path and a range of versions; what is built must be what was approved.",
            "审批针对的是具体路径与版本范围,构建出来的必须与审批的一致。",
        ),
        fix=Words(
            "Use an approved version, or have this one approved and enter it with its certificate number.",
            "改用已审批的版本,或完成审批后连同证书编号一起登记。",
        ),
        clause=POLICY,
        severity="high",
        evidence=("module", "binary"),
        bad="require github.com/unknown/lib v1.0.0",
        good='[[modules]]\npath = "github.com/known/lib"\nversions = ">=v1.2.0, <v2.0.0"\ncertificate = "..."',
    ),
    module=_module,
    binary=_binary,
)
