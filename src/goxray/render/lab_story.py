"""What all reports of the lab share: claims with their verdicts, and why a verdict is what it is, in sentences."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, get_args

from goxray.core.lab_result import Catalogue, LabResult, Verdict
from goxray.render.lab_figures import digits, figure_name, figure_text, name_of
from goxray.render.lab_words_evidence import bracketed, evidence_text, said_text
from goxray.render.safe import printable
from goxray.render.words import CATALOGUE, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from goxray.core.lab_result import (
        ClaimInfo,
        Deciding,
        ExperimentInfo,
        LabFault,
        MachineInfo,
        Method,
        OverallVerdict,
        Saying,
        VersionVerdict,
    )
    from goxray.core.words import Words
    from goxray.render.words import Lang

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
METHODS: tuple[Method, ...] = ("run", "build", "source")
NOT_RUN = "none"
_YES_NO = {"matches": "lab.found", "compiled": "lab.compiles"}
"""Figures of the judge that count what was found in a text, or say that a build compiles."""

_MOST_CASES = 6
_PHRASE = 3  # words from which on the name of a case is quoted
_HAN = r"[\u3000-\u9fff\uff00-\uffef]"
_CHINESE_BREAK = re.compile(rf"(?<={_HAN}) (?={_HAN})")
_FULL = {",": "，", ":": "：", ";": "；", "?": "？", "!": "！"}
_HALF_WIDTH = re.compile(rf"(?:(?<={_HAN})[,:;?!]|[,:;?!](?= ?{_HAN})) ?")
_IN_PARENTHESES = re.compile(rf"(?<={_HAN}) ?\(([^()]*)\) ?| ?\(([^()]*{_HAN}[^()]*)\) ?")
_MOST_DETAIL = 300


@dataclass(frozen=True)
class Judged:
    """A claim with what is known of it: over all versions, and by version."""

    claim: ClaimInfo
    overall: OverallVerdict | None
    by_version: Mapping[str, VersionVerdict] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """The overall verdict, ``none`` where nothing was run."""
        return self.overall.verdict if self.overall else NOT_RUN

    @property
    def method(self) -> Method:
        """What decided: the strongest of what decided on any version."""
        methods = {each.method for each in self.by_version.values()}
        return next((method for method in METHODS if method in methods), "none")

    @property
    def shown(self) -> VersionVerdict | None:
        """The verdict whose figure is shown: the newest version's that says what all together say, else the newest."""
        known = [each for each in self.by_version.values() if each.deciding]
        same = [each for each in known if each.verdict == self.verdict and each.spoken_of]
        return (same or known)[-1] if known else None

    @property
    def deciding(self) -> Deciding | None:
        """The figure that decides there."""
        return self.shown.deciding if self.shown else None


def judged(result: LabResult | Catalogue) -> list[Judged]:
    """Return the claims in their order, each with its verdicts in the order of the versions."""
    rows = result.known if isinstance(result, Catalogue) else result.verdicts
    overall = {each.claim: each for each in result.overall}
    found: dict[str, dict[str, VersionVerdict]] = {}
    for version in versions_of(result):
        for row in rows:
            if row.go_version == version:
                found.setdefault(row.claim, {})[version] = row
    return [Judged(claim, overall.get(claim.id), found.get(claim.id, {})) for claim in result.claims]


def flowing(words: Words, lang: Lang) -> str:
    """Return a text of the catalogue in one line: breaks become blanks, and nothing between Chinese characters.

    Punctuation beside a Chinese character is full width, however the experiment's author typed it.
    """
    lines = [line.strip() for line in words.of(lang).splitlines()]
    text = " ".join(line for line in lines if line)
    return printable(chinese(text) if lang == "zh" else text)


def chinese(text: str) -> str:
    """Return Chinese text with full-width punctuation and without blanks that a line break left."""
    text = _CHINESE_BREAK.sub("", text)
    text = _IN_PARENTHESES.sub(lambda match: f"（{match[1] or match[2] or ''}）", text)
    return _HALF_WIDTH.sub(lambda match: _FULL[match[0][0]], text)


def versions_of(result: LabResult | Catalogue) -> tuple[str, ...]:
    """Return the versions of a result, oldest first as its maker has them."""
    if isinstance(result, LabResult):
        return result.versions
    return tuple(dict.fromkeys(row.go_version for row in result.known))


def by_topic(experiments: Sequence[ExperimentInfo]) -> dict[str, list[ExperimentInfo]]:
    """Return the experiments by topic; topics and experiments stand in the order of their first claims."""
    first = {each.id: min(each.claims, default=each.id) for each in experiments}
    found: dict[str, list[ExperimentInfo]] = {}
    for each in sorted(experiments, key=lambda each: first[each.id]):
        found.setdefault(each.topic, []).append(each)
    return found


def topic_text(topic: str, lang: Lang) -> str:
    """Return a topic's name for people; one that has none is its own."""
    key = f"lab.topic.{topic}"
    return say(key, lang) if key in CATALOGUE else printable(topic)


def short_versions(versions: Sequence[str]) -> dict[str, str]:
    """Return versions without their patch (``1.21``), whole where two would look alike."""
    lines = {version: ".".join(version.removeprefix("go").split(".")[:2]) for version in versions}
    many = Counter(lines.values())
    return {version: line if many[line] == 1 else version.removeprefix("go") for version, line in lines.items()}


def counts(rows: Iterable[Judged]) -> dict[str, int]:
    """Return how many claims have each verdict, those without any last; what nothing has is left out."""
    found = Counter(row.verdict for row in rows)
    return {verdict: found[verdict] for verdict in (*VERDICTS, NOT_RUN) if found[verdict]}


def counts_text(rows: Sequence[Judged], lang: Lang) -> str:
    """Return how many claims have each verdict, in words."""
    return say("lab.list", lang).join(say(f"lab.count.{verdict}", lang, n=n) for verdict, n in counts(rows).items())


def methods_text(rows: Sequence[Judged], lang: Lang) -> str:
    """Return how many claims were decided by running, building and reading source; undecided ones do not count."""
    decided = Counter(row.method for row in rows if row.verdict in VERDICTS[:3])
    parts = [say(f"lab.count.{method}", lang, n=decided[method]) for method in METHODS if decided[method]]
    return say("lab.list", lang).join(parts)


def tell(rows: Sequence[Judged], lang: Lang) -> str:
    """Return the sentence that sums up."""
    if not any(row.overall for row in rows):
        return say("lab.nothing", lang)
    return say("lab.story", lang, n=len(rows), counts=counts_text(rows, lang))


def explain(row: Judged, lang: Lang) -> str:
    """Return why the verdict is what it is: on which versions and in which cases it holds, or why there is none."""
    parts = [*_conditions(row, lang), *_failures(row, lang), *_unsure(row, lang), *_speaks(row, lang)]
    part = any(each.part_only and each.spoken_of for each in row.by_version.values())
    if part:
        parts.append(say("lab.part", lang))
    if row.claim.cannot is not None:
        key = "lab.cannot.part" if part else "lab.cannot"
        parts.append(say(key, lang, why=_closed(flowing(row.claim.cannot, lang), lang)))
    if row.claim.needs is not None:
        parts.append(say("lab.needs", lang, needs=_closed(flowing(row.claim.needs, lang), lang)))
    return ("" if lang == "zh" else " ").join(parts)


def _closed(text: str, lang: Lang) -> str:
    """Return a text as a sentence with its full stop."""
    shown = text.strip()
    return shown if shown.endswith((".", "。", "!", "?", "！", "？", ")", "）")) else shown + (".", "。")[lang == "zh"]


def _conditions(row: Judged, lang: Lang) -> Iterable[str]:
    names = short_versions(list(row.by_version))
    spoken = {at: each for at, each in row.by_version.items() if each.spoken_of}
    holds = [names[at] for at, each in spoken.items() if each.verdict == "SUPPORTED"]
    fails = [names[at] for at, each in spoken.items() if each.verdict == "REFUTED"]
    cases: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for version, each in spoken.items():
        if each.verdict == "CONDITIONAL":
            cases.setdefault((each.condition, each.otherwise), []).append(names[version])
    comma = say("lab.list", lang)
    if holds and fails:
        yield say("lab.if.versions", lang, holds=comma.join(holds), fails=comma.join(fails))
    elif holds and cases:
        yield say("lab.if.holds", lang, holds=comma.join(holds))
    elif fails and cases:
        yield say("lab.if.fails", lang, fails=comma.join(fails))
    for (condition, otherwise), on in cases.items():
        alone = len(on) == len(spoken)
        yield cases_text(condition, otherwise, lang, "" if alone else comma.join(on))


def _failures(row: Judged, lang: Lang) -> Iterable[str]:
    """Yield which of several predicates fails where; of a claim that has but one the figure says it."""
    if len([each for each in row.claim.sayings if not each.check]) < 2:
        return
    names, found = short_versions(list(row.by_version)), dict[str, tuple[str, list[str]]]()
    refuted = {at: each for at, each in row.by_version.items() if each.verdict == "REFUTED" and each.spoken_of}
    for version, each in refuted.items():
        part = next((part for part in each.parts if part.outcome == "fails"), None)
        if part is not None:
            what = flowing(part.says, lang) if part.says else said_text(printable(part.text), lang)
            evidence = evidence_text(part.evidence, lang)
            found[what] = (evidence, [*found.get(what, ("", []))[1], names[version]])
    for what, (evidence, on) in found.items():
        every = len(on) == len(row.by_version)
        versions = say("lab.list", lang).join(on)
        yield say("lab.fails" if every else "lab.fails.on", lang, what=what, evidence=evidence, versions=versions)


def cases_text(condition: Sequence[str], otherwise: Sequence[str], lang: Lang, on: str = "") -> str:
    """Return in which cases something holds and in which it does not, ``on`` some versions; empty: on all."""
    cases, others = _listed(condition, lang), _listed(otherwise, lang)
    key = f"lab.{'on' if on else 'if'}.cases{'' if cases and others else '.only' if cases else '.not'}"
    return say(key, lang, versions=on, cases=cases, others=others)


def _listed(cases: Sequence[str], lang: Lang) -> str:
    shown = [printable(case) for case in cases[:_MOST_CASES]]
    if any(len(case.split()) >= _PHRASE or any(mark in case for mark in ",;、；") for case in shown):
        shown = [say("lab.quoted", lang, case=case) for case in shown]
    if len(cases) > _MOST_CASES:
        shown.append(say("lab.more.cases", lang, n=len(cases) - _MOST_CASES))
    return say("lab.list", lang).join(shown)


def _unsure(row: Judged, lang: Lang) -> Iterable[str]:
    """Yield why there is no verdict on some versions; of details that differ the newest version's stands for all."""
    names = short_versions(list(row.by_version))
    reasons: dict[str | None, dict[str, str]] = {}
    for version, each in row.by_version.items():
        if each.verdict == "INCONCLUSIVE" and each.spoken_of and not (each.reason == "cannot" and row.claim.cannot):
            reasons.setdefault(each.reason, {})[names[version]] = each.detail
    for reason, details in reasons.items():
        newest, detail = list(details.items())[-1]
        differ = len(set(details.values())) > 1 and bool(detail)
        said = reason_text(reason, f"{newest}: {detail}" if differ else detail, lang)
        alone = len(details) == len(row.by_version)
        versions = say("lab.list", lang).join(details)
        yield said if alone else say("lab.unsure", lang, versions=versions, said=said)


def _speaks(row: Judged, lang: Lang) -> Iterable[str]:
    names = short_versions(list(row.by_version))
    others = [names[version] for version, each in row.by_version.items() if not each.spoken_of]
    if not others:
        return
    of = printable(row.claim.speaks_of)
    of = said_text(of if "go" in of.lower() else f"Go {of}", lang)
    if len(others) == len(row.by_version):
        yield say("lab.speaks.other", lang, of=of)
    else:
        yield say("lab.speaks", lang, of=of, versions=say("lab.list", lang).join(others))


def reason_text(reason: str | None, detail: str, lang: Lang) -> str:
    """Return why there is no verdict; ``detail`` is the program's or the toolchain's own words."""
    said = say(f"lab.reason.{reason}", lang) if reason else ""
    shown = said_text(bracketed(printable(" ".join(detail.split()))), lang)
    if len(shown) > _MOST_DETAIL:
        shown = shown[:_MOST_DETAIL] + "…"
    if not shown or not said:
        return said or shown
    return f"{said[:-1]}（{shown}）。" if lang == "zh" else f"{said[:-1]} ({shown})."


def decided(each: VersionVerdict | None, lang: Lang) -> tuple[str, str]:
    """Return what decides and of what it is: a figure and its name, or whether a text was found, and where."""
    of = each.deciding if each else None
    if each is None or of is None:
        return "", ""
    word = _YES_NO.get(of.name)
    if word is None or of.arm or of.case:
        return figure_text(of), name_of(of)
    told = [part for part in each.parts if part.kind in ("present", "absent", "compiles")]
    wrong = [part for part in told if part.outcome == "fails"]
    part = next(iter(wrong or told), None)
    if part is None:
        return say(word if of.value else f"{word}.not", lang), ""
    # What was found is its line; of what was not found there is only where and what was looked for.
    unfound = not of.value and part.kind != "compiles"
    where = said_text(printable(part.text), lang) if unfound else evidence_text(part.evidence, lang)
    return say(word if of.value else f"{word}.not", lang), where


def drawable(of: Deciding | None) -> bool:
    """Whether the figure is one to plot, and no yes or no."""
    return of is not None and (of.name not in _YES_NO or bool(of.arm or of.case))


def figures_by_version(row: Judged, lang: Lang) -> list[tuple[str, list[str]]]:
    """Return each figure that decides, as text, with the versions on which it is that, in their order."""
    names = short_versions(list(row.by_version))
    found: dict[str, list[str]] = {}
    for version, each in row.by_version.items():
        if each.deciding:
            found.setdefault(decided(each, lang)[0], []).append(names[version])
    return list(found.items())


def figures_text(row: Judged, lang: Lang) -> str:
    """Return the figures that decide by version; empty where there is none, or one for all."""
    figures, of = figures_by_version(row, lang), row.deciding
    if of is None or not drawable(of) or len(figures) < 2:
        return ""
    comma = say("lab.list", lang)
    told = [say("lab.figure.on", lang, figure=text, versions=comma.join(on)) for text, on in figures]
    return say("lab.figures", lang, name=name_of(of), figures=say("lab.join", lang).join(told))


def machine_text(machine: MachineInfo, lang: Lang) -> str:
    """Return where it ran and how calm it was."""
    noise = say("lab.noise.unknown", lang)
    if machine.noise is not None:
        noise = say("lab.noise", lang, noise=f"{machine.noise * 100:.1f}%")
    parts = [machine.cpu, say("lab.cores", lang, n=machine.cores), machine.kernel, noise]
    return say("lab.comma", lang).join(printable(part) for part in parts if part)


def fault_text(fault: LabFault, lang: Lang) -> str:
    """Return what went wrong with an experiment on a version."""
    said = reason_text(fault.reason, fault.detail, lang)
    version = fault.go_version.removeprefix("go")
    return say("lab.fault", lang, experiment=printable(fault.experiment), version=version, said=said)


def says(info: ClaimInfo, lang: Lang) -> list[str]:
    """Return what the claim's predicates say, in their author's words where there are any."""
    own = [each for each in info.sayings if not each.check]
    return [flowing(each.says, lang) if each.says else saying_text(each, lang) for each in own]


def saying_text(each: Saying, lang: Lang) -> str:
    """Return what a predicate says, in words made from it."""
    figure = figure_name(each.name, each.arm, each.case)
    over = figure_name(*each.over) if each.over else ""
    low, high = (None if end is None else digits(end) for end in (each.low, each.high))
    if each.kind in ("present", "absent"):
        return say(f"lab.says.{each.kind}", lang, place=_place(each.where, lang), pattern=_pattern(each.pattern))
    if each.kind == "compiles":
        key = "lab.says.compiles" if each.low else "lab.says.refused"
        return say(key, lang, build=printable(each.build))
    if each.kind == "monotone":
        key = f"lab.says.{each.direction}"
        return say(key, lang, figure=figure, along=" → ".join(map(printable, each.along)))
    if each.kind == "ratio_at_least":
        return say("lab.says.ratio", lang, figure=figure, over=over, value=low)
    if each.kind == "equals":
        return _equals(each, figure, over, lang)
    key = "lab.says.between" if low and high else "lab.says.least" if low else "lab.says.most"
    return say(key, lang, figure=figure, low=low, high=high)


def _equals(each: Saying, figure: str, over: str, lang: Lang) -> str:
    share = f"{each.tolerance * 100:g}%"
    if each.over is not None:
        return say(
            "lab.says.same.about" if each.tolerance else "lab.says.same", lang, figure=figure, over=over, share=share
        )
    value = digits(((each.low or 0.0) + (each.high or 0.0)) / 2)
    return say("lab.says.about" if each.tolerance else "lab.says.equals", lang, figure=figure, value=value, share=share)


def _place(where: str, lang: Lang) -> str:
    kind, _, name = where.partition(":")
    key = f"lab.place.{kind}"
    return say(key, lang, name=printable(name)) if key in CATALOGUE else printable(where)


def _pattern(pattern: str) -> str:
    return f"/{printable(pattern)}/"
