"""The five debt figures of a run and their trend. Each says what it was made of; without its input it is None."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from goxray.audit.facts import Advisory
from goxray.audit.health import ages, branches, coverage, drift, openapi, routes, shapes, trend
from goxray.audit.health.reading import text_of_file
from goxray.audit.scanned import PackageFiles
from goxray.core.audit_result import Debt, Module
from goxray.core.errors import UsageError
from goxray.core.words import Words

Say = Callable[[Words], None]

_SHOWN = 3
"""So many examples stand in a figure's detail."""


@dataclass(frozen=True)
class HealthInputs:
    """What the figures are made of; what is left out makes its figure None.

    ``root`` is the audited directory, ``today`` decides ages and the trend's day. ``module_roots`` are the main
    modules' paths with their directories; the first one's path is the key of the trend. ``releases`` are directories in
    the layout of a module proxy (``$GOMODCACHE/cache/download``). ``advisories`` is None without a database.
    ``lines`` counts lines of Go. ``store`` is the directory that keeps the trend; None keeps nothing.
    """

    root: Path
    today: date
    module_roots: tuple[tuple[str, Path], ...] = ()
    packages: tuple[PackageFiles, ...] = ()
    modules: tuple[Module, ...] | None = None
    advisories: tuple[Advisory, ...] | None = None
    database_date: str = ""
    lines: int = 0
    releases: tuple[Path, ...] = ()
    cover: Path | None = None
    manifests: tuple[Path, ...] = ()
    openapi: Path | None = None
    store: Path | None = None


def measure(inputs: HealthInputs, say: Say | None = None) -> tuple[Debt, ...]:
    """Return the five figures in their fixed order; those with a value are added to the trend where there is a store.

    ``say`` is told what concerns no figure's value: a store that is not understood or cannot be written.

    Raises:
        UsageError: a file that was given (profile, manifest, API description) does not exist or is not understood.
        NotInstalled: the parser is not installed on this machine.
    """
    found = (
        _dependency_age(inputs),
        _uncovered_branches(inputs),
        _config_drift(inputs),
        _vulnerable_density(inputs),
        _api_drift(inputs),
    )
    if inputs.store is None or not inputs.module_roots:
        return found
    return _with_trend(found, inputs.store, inputs.module_roots[0][0], inputs.today, say or _silent)


def _dependency_age(inputs: HealthInputs) -> Debt:
    """Median days since the selected versions were published; libyears stand beside it in the detail."""
    made = Debt("dependency_age", None, "days", Words("", ""))
    if inputs.modules is None:
        return replace(made, detail=_missing("go.mod", "go.mod"))
    known = ages.ages(inputs.modules, ages.Releases(inputs.releases))
    dated = [each for each in known if each.published is not None]
    sources = ("go.mod", *(str(each) for each in inputs.releases))
    if not known:
        return replace(made, value=0.0, detail=Words("no dependencies", "没有依赖"), inputs=sources)
    if not dated:
        whose = "the dates of" if len(known) > 1 else "the date of"
        verb = "versions are" if len(known) > 1 else "version is"
        en = f"{whose} {len(known)} {verb} not on this machine: no .info files of the module cache"
        zh = f"本机没有 {len(known)} 个版本的日期:模块缓存中缺少 .info 文件"
        return replace(made, detail=Words(en, zh), inputs=sources)
    oldest = min(dated, key=lambda each: (each.published or inputs.today, each.path))
    years, compared = ages.libyears(known)
    en = (
        f"median age of {len(dated)} of {len(known)} dependencies; oldest {oldest.path} {oldest.version} of "
        f"{oldest.published}; {years:.1f} libyears behind the newest releases known here ({compared} compared)"
    )
    zh = (
        f"{len(known)} 个依赖中 {len(dated)} 个的中位年龄;最旧 {oldest.path} {oldest.version}({oldest.published});"
        f"落后本机已知最新版本合计 {years:.1f} libyear(比较了 {compared} 个)"
    )
    return replace(made, value=ages.median_days(known, inputs.today), detail=Words(en, zh), inputs=sources)


def _uncovered_branches(inputs: HealthInputs) -> Debt:
    """Per cent of the branches in the profile's files that no test took."""
    made = Debt("uncovered_branches", None, "%", Words("", ""))
    if inputs.cover is None:
        return replace(
            made, detail=_missing("a cover profile (go test -coverprofile)", "覆盖率文件(go test -coverprofile)")
        )
    profile = coverage.read_profile(text_of_file(inputs.cover, "cover profile"), inputs.cover.name)
    found = branches.branches_of(profile, inputs.module_roots or (("", inputs.root),))
    ran, statements = profile.statements
    share = 100.0 * (statements - ran) / statements if statements else 0.0
    en = (
        f"{found.missed} of {found.taken + found.missed} branches were never taken; "
        f"{share:.1f}% of {statements} statements never ran"
    )
    zh = f"{found.taken + found.missed} 个分支中 {found.missed} 个从未执行;{statements} 条语句中 {share:.1f}% 从未执行"
    worst = sorted(found.worst.items(), key=lambda each: (-each[1], each[0]))[:_SHOWN]
    if worst:
        listed = ", ".join(f"{name} ({count})" for name, count in worst)
        en, zh = f"{en}; most in {listed}", f"{zh};最多的是 {listed}"
    if found.unmatched:
        en += f"; {found.unmatched} branches have no block in the profile: the source changed since"
        zh += f";{found.unmatched} 个分支在覆盖率文件中没有对应块:源码此后有改动"
    if found.absent:
        en += f"; {len(found.absent)} files of the profile are not here, such as {found.absent[0]}"
        zh += f";覆盖率文件中的 {len(found.absent)} 个文件不在此处,例如 {found.absent[0]}"
    return replace(made, value=found.share, detail=Words(en, zh), inputs=(str(inputs.cover),))


def _config_drift(inputs: HealthInputs) -> Debt:
    """Count the settings of the same object that differ between environments. Values are never told."""
    made = Debt("config_drift", None, "settings", Words("", ""))
    if len(inputs.manifests) < 2:
        return replace(
            made, detail=_missing("set of rendered manifests of two environments or more", "两个环境的渲染后清单")
        )
    names = drift.names_of(inputs.manifests)
    read = [drift.read_environment(path, name) for path, name in zip(inputs.manifests, names, strict=True)]
    found = drift.compare(read)
    en = f"{len(found.differing)} of {found.compared} settings differ between {', '.join(names)}"
    zh = f"{'、'.join(names)} 之间 {found.compared} 项设置中有 {len(found.differing)} 项不同"
    en, zh = en + _such(found.differing, ": "), zh + _such(found.differing, ":")
    if found.lonely:
        en += f"; {len(found.lonely)} objects are not in every environment{_such(found.lonely, ': ')}"
        zh += f";{len(found.lonely)} 个对象并非每个环境都有{_such(found.lonely, ':')}"
    broken = [each for environment in read for each in environment.broken]
    if broken:
        en += f"; {len(broken)} files were not understood: {broken[0]}"
        zh += f";{len(broken)} 个文件无法解析:{broken[0]}"
    inputs_of = tuple(str(each) for each in inputs.manifests)
    return replace(made, value=float(len(found.differing)), detail=Words(en, zh), inputs=inputs_of)


def _vulnerable_density(inputs: HealthInputs) -> Debt:
    """Advisories that concern the build list, each once whatever its names, per thousand lines of Go."""
    made = Debt("vulnerable_density", None, "advisories per 1,000 lines", Words("", ""))
    if inputs.advisories is None:
        return replace(made, detail=_missing("an advisory database", "漏洞数据库"))
    if not inputs.lines:
        return replace(made, detail=_missing("Go source", "Go 源码"))
    count = len(_distinct(inputs.advisories))
    dated = f" ({inputs.database_date[:10]})" if inputs.database_date else ""
    en = f"{count} advisories concern the build list, {inputs.lines:,} lines of Go; database{dated}"
    zh = f"构建列表涉及 {count} 条漏洞公告,Go 源码 {inputs.lines:,} 行;数据库{dated}"
    sources = ("go.mod", f"advisories{dated}")
    return replace(made, value=1000.0 * count / inputs.lines, detail=Words(en, zh), inputs=sources)


def _api_drift(inputs: HealthInputs) -> Debt:
    """Count the operations that only the description or only the code has."""
    made = Debt("api_drift", None, "operations", Words("", ""))
    if inputs.openapi is None:
        return replace(made, detail=_missing("an OpenAPI or Swagger file", "OpenAPI 或 Swagger 文件"))
    described = openapi.read_description(inputs.openapi)
    sources = (str(inputs.openapi),)
    try:
        coded = routes.routes_of(inputs.packages)
    except RecursionError:
        return replace(
            made,
            detail=Words("the code that registers routes is nested too deep", "注册路由的代码嵌套过深"),
            inputs=sources,
        )
    found = shapes.compare(coded.routes, described.operations, described.prefixes)
    en = (
        f"{len(found.code_only)} in code only{_such(found.code_only, ': ')}; {len(found.described_only)} in the "
        f"description only{_such(found.described_only, ': ')}; {found.matched} on both sides"
    )
    zh = (
        f"仅代码有 {len(found.code_only)} 个{_such(found.code_only, ':')};仅描述有 {len(found.described_only)} 个"
        f"{_such(found.described_only, ':')};两边都有 {found.matched} 个"
    )
    if coded.not_followed:
        at = coded.not_followed[0]
        en += f"; {len(coded.not_followed)} registrations were not followed, such as {at.path}:{at.line}"
        zh += f";{len(coded.not_followed)} 处注册无法追踪,例如 {at.path}:{at.line}"
    if described.not_followed:
        en += f"; {len(described.not_followed)} references to other files were not followed"
        zh += f";{len(described.not_followed)} 个指向其他文件的引用未追踪"
    return replace(made, value=float(found.count), detail=Words(en, zh), inputs=sources)


def _distinct(advisories: Sequence[Advisory]) -> list[frozenset[str]]:
    """Return the advisories as sets of names: those that share one (GO-..., GHSA-..., CVE-...) are the same."""
    groups: list[frozenset[str]] = []
    for each in advisories:
        names = frozenset({each.id, *each.aliases})
        same = [group for group in groups if group & names]
        groups = [group for group in groups if not group & names] + [names.union(*same)]
    return groups


def _with_trend(found: tuple[Debt, ...], store: Path, module: str, today: date, say: Say) -> tuple[Debt, ...]:
    path = trend.file_of(store, module)
    try:
        history = trend.read_history(path, module)
    except UsageError as error:
        say(Words(f"the trend starts anew: {error}", f"趋势重新开始:{error}"))
        history = trend.History()
    done = []
    for each in found:
        figure = f"{each.name} [{each.unit}]"
        done.append(replace(each, trend=history.before(figure, today)))
        if each.value is not None:
            history.take(figure, today, each.value)
    try:
        trend.write_history(path, module, history)
    except UsageError as error:
        say(Words(f"the trend is not kept: {error}", f"趋势未保存:{error}"))
    return tuple(done)


def _missing(en: str, zh: str) -> Words:
    return Words(
        f"not measured: no {en.removeprefix('a ').removeprefix('an ')} was given",
        f"未测量:未提供{' ' if zh[:1].isascii() else ''}{zh}",
    )


def _such(names: Sequence[str], mark: str) -> str:
    if not names:
        return ""
    return mark + ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")


def _silent(_: Words) -> None:
    return None
