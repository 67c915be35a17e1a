"""MOD004: code that has no released version: a local replacement, a pseudo-version, a retracted release."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.modules.replacing import stands_for
from goxray.audit.modules.versions import pseudo, valid
from goxray.audit.rule import Hit, Rule
from goxray.core.audit_result import POLICY, Place, RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import BinaryUnit, ModuleUnit
    from goxray.audit.policy import Policy
    from goxray.core.audit_result import Module


def _module(unit: ModuleUnit, _policy: Policy) -> Iterator[Hit]:
    for each in unit.replaces:
        # Modules of one workspace or repository are meant to replace each other.
        if each.local and each.path not in unit.workspace:
            place = Place(unit.path, line=each.line, symbol=each.path)
            says = Words(
                f"{each.path} is replaced by the directory {each.new_path}: no version and no hash tell what is built.",
                f"{each.path} 被替换为本地目录 {each.new_path}:构建内容没有版本号,也没有校验和。",
            )
            yield Hit(place, says, f"replace {each.path}")
    for module in unit.selected:
        yield from _unreleased(module, Place(unit.path, line=unit.lines.get(module.path, 0), symbol=module.path))


def _binary(unit: BinaryUnit, _policy: Policy) -> Iterator[Hit]:
    for module in unit.facts.modules:
        if not module.main:
            place = Place(unit.path, symbol=module.path)
            directory = module.replaced_by.removesuffix(" (devel)")
            if directory and valid(module.version) and " " not in directory:
                says = Words(
                    f"{module.path} was built from the directory {directory}, which stood for {module.version}.",
                    f"{module.path} 构建自本地目录 {directory},它替换了 {module.version}。",
                )
                yield Hit(place, says, f"replace {module.path}")
            yield from _unreleased(module, place)


def _unreleased(module: Module, place: Place) -> Iterator[Hit]:
    path, version = stands_for(module)
    told = pseudo(version)
    local = bool(module.replaced_by) and (path, version) == (module.path, module.version)
    if told is not None and not local:
        day = f"{told.time[:4]}-{told.time[4:6]}-{told.time[6:8]}"
        says = Words(
            f"{path} is built from commit {told.commit} of {day}, which is no release.",
            f"{path} 构建自 {day} 的提交 {told.commit},并非正式发布版本。",
        )
        yield Hit(place, says, f"{path}@{version}", severity="low" if module.indirect else None)
    if module.retracted:
        says = Words(
            f"{path} {version} was retracted by its authors: {module.retracted}",
            f"{path} {version} 已被作者撤回:{module.retracted}",
        )
        yield Hit(place, says, f"retracted {path}@{version}")


RULE = Rule(
    info=RuleInfo(
        id="MOD004",
        title=Words("a dependency without a released version", "依赖没有正式发布版本"),
        what=Words(
            "Replacements by a directory, pseudo-versions, and versions that their authors retracted.",
            "替换为本地目录、伪版本,以及被作者撤回的版本。",
        ),
        why=Words(
            "What has no tag was not released, is covered by no advisory and cannot be named in an approval.",
            "没有标签的代码未经发布,漏洞公告不会覆盖它,审批时也无法指称。",
        ),
        fix=Words("Require a tagged version that is not retracted.", "改用带标签且未被撤回的版本。"),
        clause=POLICY,
        severity="medium",
        evidence=("module", "binary"),
        bad="replace example.org/lib => ../lib",
        good="require example.org/lib v1.4.2",
    ),
    module=_module,
    binary=_binary,
)
