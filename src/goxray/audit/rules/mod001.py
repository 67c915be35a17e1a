"""MOD001: go.sum lacks the hash of something that is built."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.core.audit_result import Clause, Place, RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import ModuleUnit, VendorDifference
    from goxray.audit.policy import Policy
    from goxray.core.audit_result import Module


def _module(unit: ModuleUnit, _policy: Policy) -> Iterator[Hit]:
    yield from _hashes(unit)
    for each in unit.vendor_differs:
        place = Place(unit.path, line=unit.lines.get(each.module, 0), symbol=each.module)
        yield Hit(place, _vendored(each), f"vendor {each.module} {each.gomod} {each.vendor}", severity="medium")


def _hashes(unit: ModuleUnit) -> Iterator[Hit]:
    wanted = [each for each in unit.selected if not each.replaced_by or " " in each.replaced_by]
    if unit.sums is None:
        # A vendor directory is built from without go.sum.
        if wanted and unit.vendored is None:
            yield Hit(Place(unit.path), _missing_file(len(wanted)), "go.sum")
        return
    whole = {(each.path, each.version) for each in unit.sums if not each.of_mod}
    either = {(each.path, each.version) for each in unit.sums}
    for each in wanted:
        key = _built(each)
        # Of a module that only others need, the go command asks for the hash of its go.mod alone where no package of it
        # is built, which go.mod does not tell.
        if key not in either or (not each.indirect and key not in whole and unit.vendored is None):
            path, version = key
            place = Place(unit.path, line=unit.lines.get(each.path, 0), symbol=path)
            yield Hit(place, _missing_line(path, version), f"{path}@{version}")


def _built(module: Module) -> tuple[str, str]:
    path, _, version = module.replaced_by.partition(" ")
    return (path, version) if version else (module.path, module.version)


def _missing_file(count: int) -> Words:
    modules = "1 required module is" if count == 1 else f"{count} required modules are"
    return Words(
        f"go.sum is missing, so that nothing checks what {modules} built from.",
        f"缺少 go.sum,{count} 个依赖模块的内容无从校验。",
    )


def _missing_line(path: str, version: str) -> Words:
    return Words(
        f"go.sum has no hash of {path} {version}, the version that is built.",
        f"go.sum 中没有实际构建所用版本 {path} {version} 的校验和。",
    )


def _vendored(each: VendorDifference) -> Words:
    gomod, vendor = each.gomod or "nothing", each.vendor or "nothing"
    return Words(
        f"{each.module}: go.mod says {gomod}, vendor/modules.txt {vendor}: "
        "the vendored code is not what go.mod asks for.",
        f"{each.module}:go.mod 为 {each.gomod or '无'},vendor/modules.txt 为 {each.vendor or '无'}:"
        "vendor 目录与 go.mod 不一致。",
    )


RULE = Rule(
    info=RuleInfo(
        id="MOD001",
        title=Words("go.sum missing or incomplete", "go.sum 缺失或不完整"),
        what=Words(
            "Modules of the build list without a hash in go.sum (lines of versions not selected are no finding), and a "
            "vendor/modules.txt that disagrees with go.mod.",
            "构建列表中的模块在 go.sum 里没有校验和(未被选中的版本留下的行不算问题),"
            "以及 vendor/modules.txt 与 go.mod 不一致。",
        ),
        why=Words(
            "Without the hash a module's content can change between two builds and nobody notices.",
            "没有校验和,模块内容在两次构建之间被改动也无人察觉。",
        ),
        fix=Words(
            "Run go mod tidy (with a vendor directory go mod vendor too), then go mod verify, and commit the files.",
            "运行 go mod tidy(有 vendor 目录时再运行 go mod vendor)与 go mod verify,并提交这些文件。",
        ),
        clause=Clause("GB/T 22239-2019", "8.1.4.7", Words("data integrity", "数据完整性")),
        severity="high",
        evidence=("module",),
        bad="require golang.org/x/net v0.30.0   // and no line of it in go.sum",
        good="golang.org/x/net v0.30.0 h1:...\ngolang.org/x/net v0.30.0/go.mod h1:...",
    ),
    module=_module,
)
