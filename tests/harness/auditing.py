"""The audit's corpus of samples: loads one as the Unit that rules see, runs a rule over it, compares lines.

``tests/corpus/audit/<ID>/{bad,good}`` hold the samples of a rule. A Go file right below is a package of its own, a
folder is a package of its files (a go.mod in it gives the go line), and any other file is a configuration file. A line
that ends with ``// want`` (``# want`` outside Go) is a line that the rule must find; it must find no other one. Where a
rule falls short and that is known, ``// missed`` is a line that it should find and does not, ``// false alarm`` one
that it finds and should not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from goxray.audit.modules.gomod import read_gomod
from goxray.audit.policy import Policy
from goxray.audit.rule import Hit, Rule
from goxray.audit.source.files import SourceFile, load
from goxray.audit.source.package import Package
from goxray.audit.source.unit import Unit
from goxray.core.audit_result import FileHealth

CORPUS = Path(__file__).parents[1] / "corpus" / "audit"

_WANT = re.compile(r"(?://|#)\s*(?:want|false alarm)\s*$")
_TRUE = re.compile(r"(?://|#)\s*(?:want|missed)\s*$")
_TOP = re.compile(r"^(?:func|var|const|type)\b")

Line = tuple[str, int]
"""A file's path below the rule's corpus, and a line number from 1."""


@dataclass(frozen=True)
class Sample:
    """A sample of a rule: a file or a folder below ``bad`` or ``good``."""

    rule: str
    path: Path

    @property
    def name(self) -> str:
        """The path below the rule's corpus: ``bad/clients.go``."""
        return self.path.relative_to(CORPUS / self.rule).as_posix()

    @property
    def files(self) -> list[Path]:
        """The sample's files, by name."""
        return sorted(self.path.rglob("*")) if self.path.is_dir() else [self.path]

    def shown(self, file: Path) -> str:
        """Return the path that a file is given in findings."""
        return file.relative_to(CORPUS / self.rule).as_posix()


def samples(rule: str, kinds: Iterable[str] = ("bad", "good")) -> list[Sample]:
    """Return the samples of a rule by kind and name."""
    return [Sample(rule, path) for kind in kinds for path in sorted((CORPUS / rule / kind).glob("*"))]


def unit_of(sample: Sample) -> Unit:
    """Return a sample's Go files as one package. A file that does not parse whole is a mistake of the sample."""
    files = []
    for path in sample.files:
        if path.suffix == ".go":
            loaded = load(path, sample.shown(path))
            health = loaded if isinstance(loaded, FileHealth) else loaded.health
            assert health.status == "parsed", health
            assert isinstance(loaded, SourceFile)
            files.append(loaded)
    return Unit(Package(sample.name, files, go_line=_go_line(sample)))


def _go_line(sample: Sample) -> str:
    """Return the go line of the go.mod in a sample's folder, empty where it has none."""
    module = next((path for path in sample.files if path.name == "go.mod"), None)
    return read_gomod(module.read_text()).go if module is not None else ""


def hits(rule: Rule, sample: Sample, policy: Policy | None = None) -> list[Hit]:
    """Run a rule's source check over a sample, as a run of the audit does: only where a trigger is in a file."""
    unit = unit_of(sample)
    triggered = any(trigger in file.text for file in unit.package.files for trigger in rule.triggers)
    return list(rule.source(unit, policy or Policy())) if rule.source is not None and triggered else []


def lines(found: Iterable[Hit]) -> list[Line]:
    """Return where hits are, sorted; a line that was found twice is there twice."""
    return sorted((hit.place.path, hit.place.line) for hit in found)


def wanted(sample: Sample) -> list[Line]:
    """Return the lines that a rule finds in a sample as it is known to work, sorted."""
    return _labelled(sample, _WANT)


def true_lines(sample: Sample) -> list[Line]:
    """Return the lines of a sample that a faultless rule would find, sorted."""
    return _labelled(sample, _TRUE)


def _labelled(sample: Sample, label: re.Pattern[str]) -> list[Line]:
    return sorted(
        (sample.shown(path), number)
        for path in sample.files
        if path.is_file()
        for number, text in enumerate(path.read_text().splitlines(), 1)
        if label.search(text)
    )


def counted(rule: str) -> tuple[int, int]:
    """Return how many bad and good samples a rule has.

    A bad sample in Go is a top-level declaration with a wanted line; a good one is a top-level declaration with a
    comment right above that says why it is good (helpers have none). A configuration file is one sample.
    """
    return sum(_bad_in(sample) for sample in samples(rule, ["bad"])), sum(
        _good_in(sample) for sample in samples(rule, ["good"])
    )


def _counting(sample: Sample) -> list[Path]:
    return [path for path in sample.files if path.is_file() and path.name != "go.mod"]


def _bad_in(sample: Sample) -> int:
    return sum(_bad_declarations(path) if path.suffix == ".go" else 1 for path in _counting(sample))


def _bad_declarations(path: Path) -> int:
    starts = set()
    start = 0
    for number, text in enumerate(path.read_text().splitlines(), 1):
        start = number if _TOP.match(text) or text.startswith("import") else start
        if _TRUE.search(text):
            starts.add(start)
    return len(starts)


def _good_in(sample: Sample) -> int:
    return sum(_good_declarations(path) if path.suffix == ".go" else 1 for path in _counting(sample))


def _good_declarations(path: Path) -> int:
    text = path.read_text().splitlines()
    return sum(
        1
        for above, line in zip(text, text[1:], strict=False)
        if above.startswith("//") and (_TOP.match(line) or line.startswith(("package", "import")))
    )
