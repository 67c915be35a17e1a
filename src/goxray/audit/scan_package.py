"""One directory of Go files, scanned: files read and parsed once, every rule run over the packages in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from goxray.audit.marks import marks_in
from goxray.audit.policy import Policy
from goxray.audit.registry import all_rules
from goxray.audit.rule import Hit, Rule
from goxray.audit.scanned import PackageFiles, PackageScan
from goxray.audit.source.files import SourceFile, load
from goxray.audit.source.package import Package
from goxray.audit.source.unit import Unit
from goxray.core.audit_result import FileHealth

_CRYPTOGRAPHY = ("crypto/", "golang.org/x/crypto/", "github.com/emmansun/gmsm", "github.com/tjfoc/gmsm")


def source_rules(policy: Policy) -> tuple[Rule, ...]:
    """Return the rules that look at source under a policy: those of its profile that it does not turn off."""
    return tuple(
        rule
        for rule in all_rules()
        if rule.source is not None and policy.profile in rule.info.profiles and rule.info.id not in policy.disabled
    )


def scan_package(
    given: PackageFiles, policy: Policy, rules: Sequence[Rule], wanted: frozenset[str] = frozenset()
) -> PackageScan:
    """Scan a directory. What is wrong with a file, or goes wrong in a rule, is told in the health.

    Raises:
        NotInstalled: the parser is not installed on this machine.
    """
    files: list[SourceFile] = []
    health = []
    exact = given.exact.files() if given.exact is not None else {}
    for name in given.files:
        loaded = load(given.directory / name, given.shown(name))
        if isinstance(loaded, SourceFile):
            told = exact.get(name)
            loaded.exact = told if told is not None and told.fits(loaded.text) else None
            files.append(loaded)
        health.append(loaded.health if isinstance(loaded, SourceFile) else loaded)
    hits: list[tuple[str, Hit]] = []
    references: set[str] = set()
    for group in _packages(files):
        unit = Unit(Package(given.path, group, given.import_path, given.go_line))
        references |= unit.mentions(wanted)
        for rule in rules:
            if any(file.holds(trigger) for file in group for trigger in rule.triggers):
                _run(rule, unit, policy, hits, health)
    return PackageScan(
        path=given.path,
        hits=tuple(sorted(hits, key=_order)),
        health=tuple(health),
        lines=sum(_lines(file.text) for file in files),
        bytes=sum(len(file.text) for file in files),
        crypto_imports=frozenset(_crypto(files)),
        references=frozenset(references),
        marks=tuple(mark for file in files for mark in marks_in(file.text, file.path)),
    )


def _packages(files: Iterable[SourceFile]) -> list[list[SourceFile]]:
    """Part a directory's files by package clause: tests from outside and generators are packages of their own."""
    found: dict[str, list[SourceFile]] = {}
    for file in files:
        found.setdefault(file.package, []).append(file)
    return list(found.values())


def _run(rule: Rule, unit: Unit, policy: Policy, hits: list[tuple[str, Hit]], health: list[FileHealth]) -> None:
    """Run a rule; what it raises costs this package's hits of this rule, and is told."""
    if rule.source is None:
        return
    try:
        hits += [(rule.info.id, hit) for hit in rule.source(unit, policy)]
    except Exception as error:  # A mistake in one rule may not end the audit of everything else.
        detail = f"{rule.info.id} failed here and found nothing: {type(error).__name__}: {error}"
        health.append(FileHealth(unit.path, "source", "partial", detail))


def _order(found: tuple[str, Hit]) -> tuple[str, str, int, int, str]:
    rule, hit = found
    return rule, hit.place.path, hit.place.line, hit.place.column, hit.text


def _crypto(files: Iterable[SourceFile]) -> Iterable[str]:
    return (
        each.path
        for file in files
        if not file.is_test
        for each in file.imports
        if each.path.startswith(_CRYPTOGRAPHY) or each.path == "crypto"
    )


def _lines(text: bytes) -> int:
    return text.count(b"\n") + (not text.endswith(b"\n") and text != b"")
