"""What every face of an audit's result says in the same words: order, counts, places, clauses, the whole in a line."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from goxray.core.audit_result import SEVERITIES
from goxray.render.safe import printable
from goxray.render.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from goxray.core.audit_result import AuditFinding, AuditResult, Clause, Place, RuleInfo, Severity
    from goxray.core.words import Words
    from goxray.render.words import Lang

WORST_FIRST: tuple[Severity, ...] = SEVERITIES[::-1]

_CJK = "\u3000-\u303f\u4e00-\u9fff\uff00-\uffef"
_CHINESE = re.compile(f"[{_CJK}]")
_AFTER = re.compile(f"[{_CJK},;:]")
_SINGLE = re.compile(rf"(?<=[{_CJK}])[,;:!?] ?|[,;:!?](?=[{_CJK}])|(?<=\w);(?=\w)")
_CODE = re.compile(r"[\[\]()]")
_WIDE = str.maketrans(",;:!?", "，；：！？")
_LINKED = re.compile(r"""(-X[ =]['"]?[^\s='"]+=)([^\s'"]*)""")
_VERSION = re.compile(r"v?\d+(?:\.\d+)+(?:[-+][\w.]{1,24})?|\d{4}-\d\d-\d\d(?:T[\d:]+Z?)?")
_HIDDEN = "***"


class Group(NamedTuple):
    """The findings of one rule at one severity; ``info`` is None for a rule that the result does not describe."""

    severity: Severity
    rule: str
    info: RuleInfo | None
    findings: tuple[AuditFinding, ...]


def said(words: Words, lang: Lang) -> str:
    """Return a text of a rule, harmless; Chinese gets the punctuation of Chinese print."""
    text = printable(words.of(lang) or words.en)
    return in_print(text) if lang == "zh" else text


def in_print(text: str) -> str:
    """Return Chinese text with full-width punctuation beside Chinese characters; code keeps its own."""
    marks = list(text)
    for start, end in _brackets(text):
        inner = text[start + 1 : end]
        after_chinese = start > 0 and _CHINESE.match(text[start - 1])
        call = start > 0 and text[start - 1].isalnum() and not after_chinese
        told = _CHINESE.search(inner) is not None and not (call and inner[:1] in "\"'`")
        code = call and _CODE.search(inner) is not None
        if after_chinese or told or (" " in inner and not code and _AFTER.match(text, end + 1)):
            marks[start], marks[end] = "（", "）"
    return _SINGLE.sub(lambda found: found[0].strip().translate(_WIDE), "".join(marks))


def _brackets(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each pair of round brackets opens and closes; one without a partner is left out."""
    opened: list[int] = []
    for at, char in enumerate(text):
        if char == "(":
            opened.append(at)
        elif char == ")" and opened:
            yield opened.pop(), at


def open_of(result: AuditResult) -> tuple[AuditFinding, ...]:
    """Return the findings that nobody has accepted."""
    return tuple(each for each in result.findings if each.suppressed is None)


def held_of(result: AuditResult) -> tuple[AuditFinding, ...]:
    """Return the findings that are accepted."""
    return tuple(each for each in result.findings if each.suppressed is not None)


def counting(result: AuditResult) -> tuple[AuditFinding, ...]:
    """Return the findings that ``--fail-on`` counts: open, and new where a revision is compared with."""
    return tuple(each for each in open_of(result) if each.new or not result.compared)


def groups(result: AuditResult, findings: Iterable[AuditFinding]) -> Iterator[Group]:
    """Yield the findings by severity, worst first, then by rule."""
    infos = infos_of(result)
    found: dict[tuple[Severity, str], list[AuditFinding]] = {}
    for each in findings:
        found.setdefault((each.severity, each.rule), []).append(each)
    for severity in WORST_FIRST:
        for rule in sorted(rule for at, rule in found if at == severity):
            yield Group(severity, rule, infos.get(rule), tuple(found[severity, rule]))


def infos_of(result: AuditResult) -> dict[str, RuleInfo]:
    """Return the rules by id."""
    return {info.id: info for info in result.rules}


def counts(findings: Iterable[AuditFinding]) -> dict[Severity, int]:
    """Return how many findings there are of each severity that occurs, worst first."""
    found = Counter(each.severity for each in findings)
    return {severity: found[severity] for severity in WORST_FIRST if found[severity]}


def counts_text(found: dict[Severity, int], lang: Lang) -> str:
    """Return counts by severity as words."""
    parts = [
        say("audit.count", lang, count=n, severity=say(f"audit.severity.{severity}", lang))
        for severity, n in found.items()
    ]
    return ("、" if lang == "zh" else ", ").join(parts)


def joined(sentences: Iterable[str], lang: Lang) -> str:
    """Return sentences in a row."""
    return ("" if lang == "zh" else " ").join(sentences)


def tell(result: AuditResult, lang: Lang) -> str:
    """Return what came out, in a few sentences."""
    found, held = open_of(result), held_of(result)
    parts = [say("audit.tell.none", lang)]
    if found:
        parts = [say("audit.tell.found", lang, n=len(found), counts=counts_text(counts(found), lang))]
    if result.compared:
        new = sum(each.new for each in found)
        key = "audit.tell.new" if new else "audit.tell.new.none"
        parts.append(say(key, lang, n=new, revision=printable(result.compared)))
    if held:
        parts.append(say("audit.tell.held", lang, n=len(held)))
    if result.files.failed:
        parts.append(say("audit.tell.failed", lang, n=result.files.failed))
    return joined(parts, lang)


def would_fail(result: AuditResult, lang: Lang) -> str:
    """Return at which levels ``--fail-on`` would fail, and how many findings each counts."""
    found = counts(counting(result))
    levels = []
    for at, severity in enumerate(WORST_FIRST):
        n = sum(found.get(each, 0) for each in WORST_FIRST[: at + 1])
        if n:
            levels.append(say("audit.fail.level", lang, level=severity, count=n))
    if not levels:
        return say("audit.fail.none", lang)
    told = say("audit.fail", lang, levels=("、" if lang == "zh" else ", ").join(levels))
    if not result.compared:
        return told
    return f"{told}{'；' if lang == 'zh' else '; '}{say('audit.fail.new', lang)}"


def head(result: AuditResult, lang: Lang) -> list[str]:
    """Return what was audited, part by part."""
    files = result.files
    parts = [say(f"audit.profile.{result.profile}", lang)]
    total = files.parsed + files.partial + files.failed
    if total:
        parts.append(say("audit.head.files", lang, n=total))
    if files.lines:
        parts.append(say("audit.head.lines", lang, n=files.lines))
    if result.modules:
        parts.append(say("audit.head.modules", lang, n=len(result.modules)))
    if result.binaries:
        parts.append(say("audit.head.binaries", lang, n=len(result.binaries)))
    if result.rules:
        parts.append(say("audit.head.rules", lang, n=len(result.rules)))
    return parts


def facts(result: AuditResult, lang: Lang) -> list[tuple[str, str]]:
    """Return what a reader must know of the run before its findings: label and text."""
    rows = [("audited", ", ".join(map(printable, result.roots)))]
    rows.append(("policy", printable(result.policy) or say("audit.policy.none", lang)))
    date = printable(result.database_date)
    state = "date" if date else "undated" if result.database else "none"
    rows.append(("database", say(f"audit.database.{state}", lang, date=date)))
    if result.compared:
        rows.append(("compared", printable(result.compared)))
    if result.toolchain:
        rows.append(("types", printable(result.toolchain)))
    rows.append(("health", health(result, lang)))
    return [(say(f"audit.label.{name}", lang), text) for name, text in rows]


def health(result: AuditResult, lang: Lang) -> str:
    """Return how many files were parsed whole, in part, and not at all."""
    files = result.files
    told = say("audit.health.all", lang, n=files.parsed)
    if files.partial or files.failed:
        told = say("audit.health.some", lang, parsed=files.parsed, partial=files.partial, failed=files.failed)
    return told


def place_text(place: Place) -> str:
    """Return ``path:line:column`` as editors and terminals open it, without what is not known."""
    return printable(":".join([place.path, *(str(at) for at in _known(place))]))


def _known(place: Place) -> Iterator[int]:
    if place.line:
        yield place.line
        if place.column:
            yield place.column


def clause_text(clause: Clause, lang: Lang, *, mark: str = "*") -> str:
    """Return a clause with its title, and the mark where nobody has checked it against the standard."""
    if clause.standard == "policy":
        return say("audit.policy.clause", lang)
    title = said(clause.title, lang)
    return f"{printable(str(clause))}{' ' + title if title else ''}{'' if clause.certain else mark}"


def certainty(clause: Clause) -> str:
    """Return the catalogue's key of how sure a clause is."""
    if clause.standard == "policy":
        return "audit.certain.policy"
    return "audit.certain.yes" if clause.certain else "audit.certain.no"


def clause_in_full(clause: Clause, lang: Lang) -> str:
    """Return a clause with its title and, in words, how sure it is."""
    sure = say(certainty(clause), lang)
    told = say("audit.policy.name", lang) if clause.standard == "policy" else clause_text(clause, lang, mark="")
    return f"{told}（{sure}）" if lang == "zh" else f"{told} ({sure})"


def any_uncertain(found: Sequence[Group]) -> bool:
    """Whether a clause among these was not checked against the standard."""
    return any(each.info is not None and not each.info.clause.certain for each in found)


def shared_fix(found: Group, lang: Lang) -> str | None:
    """Return the fix that all findings of a group have in common, None where they differ."""
    fixes = {said(each.fix, lang) for each in found.findings}
    return fixes.pop() if len(fixes) == 1 else None


def setting(value: str) -> str:
    """Return a build setting without what ``-ldflags -X`` put in, for that may be a secret; versions stay."""
    return _LINKED.sub(lambda found: found[1] + (found[2] if _VERSION.fullmatch(found[2]) else _HIDDEN), value)
