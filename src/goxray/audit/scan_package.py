"""One directory of Go files, scanned: files read and parsed once, every rule run over the packages in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from goxray.audit.marks import marks_in
from goxray.audit.policy import Policy
from goxray.audit.registry import all_rules
from goxray.audit.rule import Hit, Rule
from goxray.audit.scanned import PackageFiles, PackageScan
from goxray.audit.source.files import SourceFile, checked, read
from goxray.audit.source.grammar import forget_parents
from goxray.audit.source.package import Package
from goxray.audit.source.unit import Unit
from goxray.core.audit_result import FileHealth

_CRYPTOGRAPHY = ("crypto/", "golang.org/x/crypto/", "github.com/emmansun/gmsm", "github.com/tjfoc/gmsm")


Contents = tuple[bytes | FileHealth, ...]
"""The files of a directory as they were read, or what is wrong with them."""


def source_rules(policy: Policy) -> tuple[Rule, ...]:
    """Return the rules that look at source under a policy: those of its profile that it does not turn off."""
    return tuple(
        rule
        for rule in all_rules()
        if rule.source is not None and policy.profile in rule.info.profiles and rule.info.id not in policy.disabled
    )


def read_package(given: PackageFiles) -> Contents:
    """Read a directory's files; what is wrong with one stands in its place."""
    return tuple(read(given.directory / name, given.shown(name)) for name in given.files)


def scan_package(
    given: PackageFiles,
    policy: Policy,
    rules: Sequence[Rule],
    wanted: frozenset[str] = frozenset(),
    contents: Contents | None = None,
) -> PackageScan:
    """Scan a directory. What is wrong with a file, or goes wrong in a rule, is told in the health.

    Tests are parsed so that their health is known; no rule looks into them, and they cost nothing more.

    Raises:
        NotInstalled: the parser is not installed on this machine.
    """
    texts = read_package(given) if contents is None else contents
    exact = given.exact.files() if given.exact is not None else {}
    files: list[SourceFile] = []
    health = []
    for name, text in zip(given.files, texts, strict=True):
        made = text if isinstance(text, FileHealth) else checked(text, given.shown(name))
        health.append(made if isinstance(made, FileHealth) else made.health)
        if isinstance(made, SourceFile) and not made.is_test:
            told = exact.get(name)
            made.exact = told if told is not None and told.fits(made.text) else None
            files.append(made)
    hits: list[tuple[str, Hit]] = []
    references: set[str] = set()
    for group in _packages(files):
        unit = Unit(Package(given.path, group, given.import_path, given.go_line))
        references |= unit.mentions(wanted)
        held = _Held(group)
        for rule in rules:
            if any(held.any(trigger) for trigger in rule.triggers):
                _run(rule, unit, policy, hits, health)
        unit.let_go()
    forget_parents()
    read_ones = [(name, text) for name, text in zip(given.files, texts, strict=True) if isinstance(text, bytes)]
    return PackageScan(
        path=given.path,
        hits=tuple(sorted(hits, key=_order)),
        health=tuple(health),
        lines=sum(_lines(text) for _, text in read_ones),
        bytes=sum(len(text) for _, text in read_ones),
        crypto_imports=frozenset(_crypto(files)),
        references=frozenset(references),
        marks=tuple(mark for name, text in read_ones for mark in marks_in(text, given.shown(name))),
    )


def _packages(files: Iterable[SourceFile]) -> list[list[SourceFile]]:
    """Part a directory's files by package clause: generators are packages of their own."""
    found: dict[str, list[SourceFile]] = {}
    for file in files:
        found.setdefault(file.package, []).append(file)
    return list(found.values())


class _Held:
    """Which byte strings some files hold; each is searched for once."""

    def __init__(self, files: Sequence[SourceFile]) -> None:
        self._files = files
        self._text = b"\n".join(file.text for file in files)
        self._known: dict[bytes, bool] = {}

    def any(self, part: bytes) -> bool:
        """Whether a file's text holds a part, or what the toolchain told of it."""
        if part not in self._known:
            exact = (file for file in self._files if file.exact is not None)
            self._known[part] = part in self._text or any(file.holds(part) for file in exact)
        return self._known[part]


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
        for each in file.imports
        if each.path.startswith(_CRYPTOGRAPHY) or each.path == "crypto"
    )


def _lines(text: bytes) -> int:
    return text.count(b"\n") + (not text.endswith(b"\n") and text != b"")
