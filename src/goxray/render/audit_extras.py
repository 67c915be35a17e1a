"""The figures of debt, the facts of binaries and the platform matrix in words, the same in every face."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from goxray.core.units import format_bytes
from goxray.core.words import Words
from goxray.render.audit_story import said
from goxray.render.safe import printable
from goxray.render.words import LANGS, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from goxray.core.audit_result import AuditFinding, AuditResult, BinaryFacts, Debt, Module, PlatformFit
    from goxray.render.words import Lang

_LEVELS = "▁▂▃▄▅▆▇█"
_ASCII_LEVELS = "_.-=+*#@"
_SMALL = 100
_ZH_UNITS = {"days": "天", "settings": "项", "operations": "个接口", "advisories per 1,000 lines": "个漏洞/千行"}
_COUNTED = frozenset({"days", "settings", "operations"})


class PlatformRow(NamedTuple):
    """One platform and how each binary of the result fares there; None: nothing is said of that pair."""

    platform: Words
    fits: tuple[PlatformFit | None, ...]


def debt_value(debt: Debt, lang: Lang) -> str:
    """Return a figure with its unit, or that it was not measured."""
    if debt.value is None:
        return say("audit.debts.missing", lang)
    return with_unit(debt.value, debt.unit, lang)


def with_unit(value: float, unit: str, lang: Lang) -> str:
    """Return a value with three digits or so and its unit."""
    told = f"{value:,.0f}" if abs(value) >= _SMALL or value == int(value) else f"{value:.3g}"
    shown = _ZH_UNITS.get(unit, unit) if lang == "zh" else unit
    if value == 1 and unit in _COUNTED and lang == "en":
        shown = unit.removesuffix("s")
    return f"{told}{'' if unit in {'', '%'} else ' '}{printable(shown)}"


def sparkline(values: Sequence[float], *, ascii_only: bool = False) -> str:
    """Return values as a row of bars, the largest the highest; values that are all the same lie low."""
    levels = _ASCII_LEVELS if ascii_only else _LEVELS
    low, high = min(values, default=0.0), max(values, default=0.0)
    if high == low:
        return levels[0] * len(values)
    return "".join(levels[round((value - low) / (high - low) * (len(levels) - 1))] for value in values)


def trend(debt: Debt) -> tuple[tuple[str, float], ...]:
    """Return earlier values with today's at the end, where there is one."""
    return debt.trend if debt.value is None else (*debt.trend, ("", debt.value))


def debt_detail(debt: Debt, lang: Lang) -> str:
    """Return what stands behind a figure: its detail, and the inputs that it was made of."""
    told = said(debt.detail, lang)
    for colon in (": ", "：") if debt.value is None else ():  # the value says it already
        told = told.removeprefix(say("audit.debts.missing", lang) + colon)
    if not debt.inputs:
        return told
    inputs = say("audit.debts.from", lang, inputs=", ".join(map(printable, debt.inputs)))
    return f"{told}{'；' if lang == 'zh' else '; '}{inputs}" if told else inputs


def binary_facts(binary: BinaryFacts, lang: Lang) -> list[str]:
    """Return what a binary is, part by part; what the file does not tell is left out."""
    parts = [f"{binary.os}/{binary.arch}", binary.format.upper(), binary.go_version, *_linkage(binary, lang)]
    parts += _hardening(binary, lang)
    if binary.modules:
        parts.append(say("audit.binary.modules", lang, n=len(binary.modules)))
    if binary.size:
        parts.append(format_bytes(binary.size))
    return [printable(part) for part in parts if part]


def _linkage(binary: BinaryFacts, lang: Lang) -> Iterator[str]:
    if binary.cgo:
        yield say("audit.binary.cgo", lang)
    if binary.static:
        yield say("audit.binary.static", lang)
    elif binary.libraries:
        yield say("audit.binary.dynamic", lang, libraries=", ".join(binary.libraries))
    if binary.glibc:
        yield say("audit.binary.glibc", lang, version=binary.glibc.removeprefix("GLIBC_"))


def _hardening(binary: BinaryFacts, lang: Lang) -> Iterator[str]:
    if binary.pie is not None:
        yield say(f"audit.binary.pie.{'yes' if binary.pie else 'no'}", lang)
    if binary.relro is not None:
        yield say(f"audit.binary.relro.{binary.relro}", lang)
    if binary.nx is not None:
        yield say(f"audit.binary.nx.{'yes' if binary.nx else 'no'}", lang)
    if binary.symtab is False:
        yield say("audit.binary.stripped", lang)


def crypto_text(binary: BinaryFacts, lang: Lang) -> str:
    """Return which algorithms are linked; empty where none is known."""
    if not binary.crypto:
        return ""
    return say("audit.binary.crypto", lang, names=", ".join(map(printable, binary.crypto)))


def platform_rows(result: AuditResult) -> list[PlatformRow]:
    """Return the platform matrix: a row a platform in the order in which they come, a place a binary."""
    binaries = with_platforms(result)
    tables = [{(fit.platform, fit.arch): fit for fit in binary.platforms} for binary in binaries]
    every = {place: fit for table in reversed(tables) for place, fit in table.items()}
    order = dict.fromkeys(place for table in tables for place in table)
    return [PlatformRow(_platform(every[place]), tuple(table.get(place) for table in tables)) for place in order]


def with_platforms(result: AuditResult) -> list[BinaryFacts]:
    """Return the binaries of which the matrix says something."""
    return [binary for binary in result.binaries if binary.platforms]


def _platform(fit: PlatformFit) -> Words:
    """Return a platform with its processor, as the matrix names it."""
    english, chinese = (f"{said(fit.name, lang) or printable(fit.platform)} {printable(fit.arch)}" for lang in LANGS)
    return Words(english.strip(), chinese.strip())


def certificates(result: AuditResult) -> dict[tuple[str, str], str]:
    """Return the certificate numbers by module and version."""
    return {(each.module, each.version): each.number for each in result.certificates}


def module_notes(module: Module, numbers: Mapping[tuple[str, str], str], lang: Lang) -> str:
    """Return what there is to say of a module beside its version."""
    number = numbers.get((module.path, module.version), "")
    told = [
        ("certificate", bool(number), {"number": number}),
        ("main", module.main, {}),
        ("indirect", module.indirect, {}),
        ("replaced", bool(module.replaced_by), {"by": module.replaced_by}),
        ("retracted", bool(module.retracted), {"why": module.retracted}),
    ]
    notes = [say(f"audit.page.module.{name}", lang, **values) for name, holds, values in told if holds]
    said_of = [module.licence, *notes] if module.licence else notes
    return ("，" if lang == "zh" else ", ").join(map(printable, said_of))


def held_text(finding: AuditFinding, lang: Lang) -> str:
    """Return why a finding is accepted and until when."""
    held = finding.suppressed
    if held is None:
        return ""
    key = "audit.held.until" if held.until else "audit.held.open"
    by = say(f"audit.by.{held.by}", lang)
    return f"{by}{'，' if lang == 'zh' else ', '}" + say(
        key, lang, date=printable(held.until), reason=printable(held.reason)
    )
