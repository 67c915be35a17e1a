"""BLD005: a Go release that gets no security fixes any more; loop variables that an old go line shares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from goxray.audit.modules.releases import ReleaseLine, line_of, release_lines, supported
from goxray.audit.modules.versions import shares_loop_variables
from goxray.audit.rule import Hit, Rule
from goxray.audit.rules._clauses import level3
from goxray.audit.rules._loop_variables import outliving
from goxray.core.audit_result import Confidence, Place, RuleInfo, Severity
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import BinaryUnit, ModuleUnit, SourceUnit
    from goxray.audit.policy import Policy


def _source(unit: SourceUnit, _policy: Policy) -> Iterator[Hit]:
    """The go line decides; the finding stands where it matters, at the loop whose variable outlives its round."""
    if not unit.go_line or not shares_loop_variables(unit.go_line):
        return
    for function in unit.functions():
        if unit.is_test(function.place):
            continue
        for name, below in outliving(function.text):
            symbol = f"({function.receiver}).{function.name}" if function.receiver else function.name
            place = replace(function.place, line=function.place.line + below, column=0, end_line=0, symbol=symbol)
            fix = Words(
                f"Set the go line to 1.22 or newer, or write {name} := {name} at the top of the loop.",
                f"把 go 行升到 1.22 或更高,或在循环体开头写 {name} := {name}。",
            )
            yield Hit(place, _shared(name, unit.go_line), f"loop variable {name}", confidence="medium", fix=fix)


def _module(unit: ModuleUnit, _policy: Policy) -> Iterator[Hit]:
    """A toolchain line is what a build starts from; a go line alone is the least that will do."""
    told = unit.toolchain_line or unit.go_line
    line = line_of(told)
    if line is not None and line.ended:
        severity: Severity | None = None if unit.toolchain_line else "low"
        confidence: Confidence = "high" if unit.toolchain_line else "medium"
        verb = "toolchain" if unit.toolchain_line else "go"
        says = Words(
            f"'{verb} {told}' lets the module be built by Go {line.line}, {_ended(line).en}",
            f"'{verb} {told}' 允许用 Go {line.line} 构建,{_ended(line).zh}",
        )
        yield Hit(
            Place(unit.path, line=unit.lines.get(verb, 0), symbol=verb),
            says,
            f"{verb} {line.line}",
            confidence,
            severity,
        )


def _binary(unit: BinaryUnit, _policy: Policy) -> Iterator[Hit]:
    line = line_of(unit.facts.go_version)
    if line is not None and line.ended:
        says = Words(
            f"Built by {unit.facts.go_version}: Go {line.line}, {_ended(line).en}",
            f"由 {unit.facts.go_version} 构建:Go {line.line},{_ended(line).zh}",
        )
        yield Hit(Place(unit.path, symbol="go"), says, f"go {line.line}")


def _ended(line: ReleaseLine) -> Words:
    date, _ = release_lines()
    now = ", ".join(supported())
    return Words(
        f"which gets no security fixes since {line.ended} (supported on {date}: {now}).",
        f"该版本自 {line.ended} 起不再有安全修复({date} 时受支持的版本:{now})。",
    )


def _shared(name: str, go_line: str) -> Words:
    return Words(
        f"{name} outlives its round here, and 'go {go_line}' gives the loop one {name} for all rounds: "
        "they may all see its last value.",
        f"{name} 在此处的存活超出了单轮循环,而 'go {go_line}' 下整个循环共用一个 {name}:各轮可能都看到最后的值。",
    )


RULE = Rule(
    info=RuleInfo(
        id="BLD005",
        title=Words("an unsupported Go release", "不再受支持的 Go 版本"),
        what=Words(
            "Toolchain and go lines, and binaries, of release lines that a dated table calls unsupported. Under a go "
            "line below 1.22 also loop variables that outlive their round (goroutines, defer, stored closures and "
            "addresses); an old go line alone, where no loop depends on it, is no finding.",
            "go.mod 的 toolchain 行、go 行,以及二进制所用的 Go 版本,按一份注明日期的表已不受支持。go 行低于 1.22 时,"
            "还检查存活超出单轮的循环变量(协程、defer、被保存的闭包与地址);若无此类循环,旧 go 行本身不算问题。",
        ),
        why=Words(
            "Go mends vulnerabilities in its two newest release lines alone. Before 1.22 all rounds of a loop share "
            "its variables.",
            "Go 只在最新的两个版本线中修复漏洞。1.22 之前,循环的各轮共用同一组变量。",
        ),
        fix=Words(
            "Build with a supported release, and raise the go line with it.",
            "使用受支持的 Go 版本构建,并同步提高 go 行。",
        ),
        clause=level3("8.1.4.4"),
        severity="medium",
        evidence=("source", "module", "binary"),
        bad="go 1.21\ntoolchain go1.21.3",
        good="go 1.26\ntoolchain go1.27.3",
    ),
    triggers=(b"for ",),
    source=_source,
    module=_module,
    binary=_binary,
)
