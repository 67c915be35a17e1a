"""BLD007: a binary that was not built from what its source says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.modules.compare import Difference, differences
from goxray.audit.modules.versions import lists_everything
from goxray.audit.rule import Hit, Rule
from goxray.audit.rules._clauses import level3
from goxray.core.audit_result import Confidence, Place, RuleInfo, Severity, Step
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import BinaryUnit, ModuleUnit
    from goxray.audit.policy import Policy

_SHOWN = 12
"""So many digits name a commit."""

_SEVERITIES: dict[str, Severity] = {"revision": "medium", "modified": "medium"}


def _binary(unit: BinaryUnit, _policy: Policy) -> Iterator[Hit]:
    if unit.source is None:
        return
    found = differences(unit.facts, unit.source)
    for each in found:
        if each.kind != "missing":
            yield _hit(unit, unit.source, each)
    absent = [each for each in found if each.kind == "missing"]
    if absent:
        names = ", ".join(f"{each.module} {each.source}" for each in absent)
        says = Words(
            f"Direct requirements of {unit.source.path} of which nothing is linked: {names}. "
            "Other programs, tests or tools may need them.",
            f"{unit.source.path} 直接依赖、但没有任何代码链接进来的模块:{names}。可能是其他程序、测试或工具所需。",
        )
        yield Hit(Place(unit.path, symbol=unit.source.module), says, f"not linked: {names}", "low", "info")


def _hit(unit: BinaryUnit, source: ModuleUnit, each: Difference) -> Hit:
    says = _WORDS[each.kind](each, source)
    confidence: Confidence = "high" if each.kind != "extra" or lists_everything(source.go_line) else "medium"
    there = Place(source.path, line=source.lines.get(each.module, 0), symbol=each.module)
    step = Step(there, Words(f"source: {each.source or '-'}", f"源码:{each.source or '-'}"))
    place = Place(unit.path, symbol=each.module or each.kind)
    text = f"{each.kind} {each.module} {each.binary}"
    return Hit(place, says, text, confidence, _SEVERITIES.get(each.kind), steps=(step,))


def _version(each: Difference, source: ModuleUnit) -> Words:
    return Words(
        f"{each.module}: the binary holds {each.binary}, {source.path} selects {each.source}.",
        f"{each.module}:二进制中是 {each.binary},而 {source.path} 选定的是 {each.source}。",
    )


def _sum(each: Difference, source: ModuleUnit) -> Words:
    return Words(
        f"{each.module}: same version, other content: the binary was built from {each.binary}, go.sum beside "
        f"{source.path} has {each.source}.",
        f"{each.module}:版本相同但内容不同:二进制构建自 {each.binary},{source.path} 旁的 go.sum 为 {each.source}。",
    )


def _extra(each: Difference, source: ModuleUnit) -> Words:
    return Words(
        f"{each.module} {each.binary} is linked, and {source.path} does not lead to it.",
        f"二进制链接了 {each.module} {each.binary},但 {source.path} 中并无此依赖。",
    )


def _go(each: Difference, source: ModuleUnit) -> Words:
    return Words(
        f"Built by {each.binary}, and {source.path} asks for {each.source} or newer.",
        f"由 {each.binary} 构建,而 {source.path} 要求 {each.source} 或更高版本。",
    )


def _revision(each: Difference, source: ModuleUnit) -> Words:
    built, here = each.binary[:_SHOWN], each.source[:_SHOWN]
    return Words(
        f"Built from commit {built}, and the source beside it is at {here}.",
        f"构建自提交 {built},而所审计的源码位于 {here}。",
    )


def _modified(each: Difference, _source: ModuleUnit) -> Words:
    at = each.binary[:_SHOWN]
    return Words(
        f"Built from a modified tree: no commit holds what was built (it stood on {at}).",
        f"构建时工作区有未提交的修改:没有任何提交能还原构建内容(基于 {at})。",
    )


_WORDS = {
    "version": _version,
    "replaced": _version,
    "sum": _sum,
    "extra": _extra,
    "go": _go,
    "revision": _revision,
    "modified": _modified,
}

RULE = Rule(
    info=RuleInfo(
        id="BLD007",
        title=Words("the binary differs from its source", "二进制与源码不一致"),
        what=Words(
            "Modules of a binary held against the build list of the audited module with the same path: versions, "
            "replacements, hashes, modules too many or not linked, the Go release, the commit.",
            "把二进制中的模块与被审计的同名模块的构建列表对照:版本、替换、哈希、多出或未链接的模块、Go 版本与提交。",
        ),
        why=Words(
            "What was reviewed is the source; what runs is the binary. Where they differ the review says nothing.",
            "评审的是源码,运行的是二进制。两者不一致时,评审结论不能用于该二进制。",
        ),
        fix=Words(
            "Build the release from the reviewed commit, with its go.mod and go.sum and a clean tree.",
            "用评审过的提交、其 go.mod 与 go.sum,在干净的工作区重新构建发布版本。",
        ),
        clause=level3("8.1.4.7"),
        severity="high",
        evidence=("module", "binary"),
        bad="go.mod:  require golang.org/x/net v0.40.0\nbinary:  dep golang.org/x/net v0.30.0",
        good="go.mod:  require golang.org/x/net v0.40.0\nbinary:  dep golang.org/x/net v0.40.0",
    ),
    binary=_binary,
)
