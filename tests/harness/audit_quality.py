"""How good the audit's rules are: precision and recall over the labelled samples, noise over Go's standard library."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from goxray.audit.config.reading import read
from goxray.audit.facts import ConfigUnit
from goxray.audit.policy import Policy
from goxray.audit.registry import all_rules
from goxray.audit.rule import Hit, Rule
from goxray.audit.scan import scan
from goxray.audit.scanned import PackageFiles
from tests.harness.auditing import CORPUS, Line, Sample, counted, hits, lines, samples, true_lines
from tests.harness.binary_samples import binary_samples

POLICIES: Mapping[str, Policy] = {
    "CRY002": Policy(profile="gm"),
    "NET004": Policy(endpoints=("api.example.com", "*.internal.example")),
    "TLS003": Policy(profile="gm"),
}
"""Rules that look only under a certain policy; the others' samples are judged under the default one."""


@dataclass(frozen=True)
class Score:
    """A rule over its corpus: samples of both kinds, true lines that were found and missed, lines found wrongly."""

    rule: str
    bad: int
    good: int
    right: int
    missed: tuple[Line, ...]
    wrong: tuple[Line, ...]

    @property
    def precision(self) -> float:
        """Of the lines found, the share that is right."""
        found = self.right + len(self.wrong)
        return self.right / found if found else 1.0

    @property
    def recall(self) -> float:
        """Of the true lines, the share that is found."""
        asked = self.right + len(self.missed)
        return self.right / asked if asked else 1.0


@dataclass
class Noise:
    """Findings over a tree of Go that nobody labelled, by rule; ``packages`` and ``lines`` were looked at."""

    packages: int = 0
    lines: int = 0
    by_rule: Counter[str] = field(default_factory=Counter)

    def per_ten_thousand(self, rule: str) -> float:
        """Findings of a rule per 10,000 lines."""
        return 10_000 * self.by_rule[rule] / self.lines if self.lines else 0.0


def corpora() -> list[Rule]:
    """Return the rules that have a corpus of Go or configuration files, by id."""
    return [rule for rule in all_rules() if (CORPUS / rule.info.id / "bad").is_dir()]


def found_in(rule: Rule, sample: Sample, policy: Policy | None = None) -> list[Hit]:
    """Run a rule's source and configuration checks over a sample."""
    policy = policy or POLICIES.get(rule.info.id, Policy())
    found = hits(rule, sample, policy)
    for path in sample.files:
        if rule.config is not None and path.is_file() and path.suffix != ".go" and path.name != "go.mod":
            made = read(path.read_text(), sample.shown(path))
            assert isinstance(made, ConfigUnit), made
            found += rule.config(made, policy)
    return found


def score(rule: Rule) -> Score:
    """Run a rule over its whole corpus and compare with the labels."""
    asked: Counter[Line] = Counter()
    found: Counter[Line] = Counter()
    for sample in samples(rule.info.id):
        asked.update(true_lines(sample))
        found.update(lines(found_in(rule, sample)))
    return _scored(rule, *counted(rule.info.id), asked, found)


def binary_corpora() -> list[Rule]:
    """Return the rules that have a corpus of executables' facts, by id."""
    return [rule for rule in all_rules() if (CORPUS / rule.info.id / "binaries.toml").is_file()]


def binary_score(rule: Rule) -> Score:
    """Run a rule over its executables and compare the texts of its hits with the wanted ones."""
    assert rule.binary is not None
    asked: Counter[Line] = Counter()
    found: Counter[Line] = Counter()
    every = binary_samples(rule.info.id)
    for sample in every:
        asked.update((f"{sample.name}: {text}", 0) for text in sample.want)
        found.update((f"{sample.name}: {hit.text}", 0) for hit in rule.binary(sample.unit, sample.policy))
    bad = sum(bool(sample.want) for sample in every)
    return _scored(rule, bad, len(every) - bad, asked, found)


def _scored(rule: Rule, bad: int, good: int, asked: Counter[Line], found: Counter[Line]) -> Score:
    missed, wrong = asked - found, found - asked
    return Score(
        rule=rule.info.id,
        bad=bad,
        good=good,
        right=(asked & found).total(),
        missed=tuple(sorted(missed.elements())),
        wrong=tuple(sorted(wrong.elements())),
    )


def elsewhere(rule: Rule) -> list[tuple[str, Line]]:
    """Return what a rule finds in the good samples of the others: (the other rule's id, line)."""
    return [
        (other.info.id, line)
        for other in corpora()
        if other.info.id != rule.info.id
        for sample in samples(other.info.id, ["good"])
        for line in lines(found_in(rule, sample, Policy()))
    ]


def packages_below(root: Path) -> Iterator[PackageFiles]:
    """Give the directories of Go files below a root, tests and test data aside."""
    for folder, inner, names in os.walk(root):
        inner[:] = sorted(each for each in inner if each != "testdata" and not each.startswith((".", "_")))
        files = tuple(sorted(each for each in names if each.endswith(".go") and not each.endswith("_test.go")))
        if files:
            path = Path(folder).relative_to(root).as_posix()
            yield PackageFiles(path, Path(folder), files, import_path=path)


def noise(root: Path, policy: Policy, jobs: int = 0, go_line: str = "") -> Noise:
    """Count what every rule finds below a root."""
    found = Noise()
    packages = [
        PackageFiles(each.path, each.directory, each.files, each.import_path, go_line) for each in packages_below(root)
    ]
    for each in scan(packages, policy, jobs=jobs):
        found.packages += 1
        found.lines += each.lines
        found.by_rule.update(rule for rule, _ in each.hits)
    return found
