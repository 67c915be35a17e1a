"""The lab's answer: what was observed, now or earlier, judged and put together as a report shows it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from goxray.core.errors import GoxrayError
from goxray.core.lab_result import ClaimInfo, LabFault, LabResult, MachineInfo, Measured, VersionVerdict
from goxray.lab import host, judge
from goxray.lab.catalogue import claims_of, described, source_sha256
from goxray.lab.experiment import Experiment
from goxray.lab.keep import Section, results_of
from goxray.lab.observed import Key, Observed
from goxray.lab.observing import faults, loops, observed, spread
from goxray.target.toolchains import everywhere, order

_CLAIM_OR_ARTICLE = re.compile(r"[A-Z]\d{3}(-\d{2})?")
_MODES = ("quick", "normal", "thorough")


def answered(
    experiments: Sequence[Experiment],
    names: Sequence[str],
    seen: Iterable[Observed],
    wrong: Iterable[LabFault],
    machine: MachineInfo,
    *,
    predict: bool = True,
) -> LabResult:
    """Judge what was observed, and return it with the claims that ``names`` asked for; times are filled in later.

    What cannot be judged because of a fault becomes one of ``faults``; it does not touch the others.
    """
    claims = _asked(experiments, names)
    ids = {claim.id for claim in claims}
    verdicts: list[VersionVerdict] = []
    measured: list[Measured] = []
    found = list(wrong)
    for each in seen:
        try:
            complete = replace(each, predicted=_predicted(each)) if predict else each
            own = judge.verdicts(complete)
            verdicts += [verdict for verdict in own if verdict.claim in ids]
            measured += judge.measured(complete)
        except GoxrayError as error:
            found.append(LabFault(each.experiment.id, each.go_version, "not-run", f"it cannot be judged: {error}"))
        except Exception as error:
            what = f"a bug in goxray ({type(error).__name__}: {error})"
            found.append(LabFault(each.experiment.id, each.go_version, "not-run", what))
    versions = dict.fromkeys(each.go_version for each in verdicts)
    return LabResult(
        mode="kept",
        versions=tuple(sorted(versions, key=order)),
        claims=claims,
        experiments=tuple(described(each) for each in experiments),
        verdicts=tuple(verdicts),
        overall=judge.overall(tuple(verdicts)),
        measured=tuple(measured),
        machine=machine,
        started="",
        seconds=0.0,
        faults=tuple(found),
    )


def kept(experiments: Sequence[Experiment], names: Sequence[str], results: Path, *, predict: bool = True) -> LabResult:
    """Return what earlier runs of the experiments' present sources left: of each version its most thorough run.

    Without ``predict`` the model is not asked for its figures.
    """
    seen: list[Observed] = []
    sections: list[Section] = []
    for experiment in experiments:
        for section in _best(results_of(results, experiment.id, source_sha256(experiment))):
            sections.append(section)
            seen.append(observed(experiment, _placed(section)))
    newest = max(sections, key=lambda each: each.header.started, default=None)
    machine = newest.header.machine if newest is not None else host.machine()
    calm = [value for each in sections for value in loops(each.trials)]
    wrong = [fault for each in seen for fault in faults(each)]
    found = answered(experiments, names, seen, wrong, machine, predict=predict)
    return replace(
        found,
        started=newest.header.started if newest is not None else "",
        machine=replace(machine, noise=spread(calm)),
        kept_in=str(results),
    )


def _placed(section: Section) -> Section:
    """Return the section with the toolchain's present place, where it has moved: its source is looked at again."""
    if (Path(section.header.goroot) / "src").is_dir():
        return section
    places = {each.version: str(each.root) for _, each in reversed(everywhere())}
    goroot = places.get(section.header.go_version, section.header.goroot)
    return replace(section, header=replace(section.header, goroot=goroot))


def _best(sections: Iterable[Section]) -> list[Section]:
    """Return one section for each version: the most thorough mode's, of several machines the newest."""
    found: dict[str, Section] = {}
    for each in sections:
        other = found.get(each.header.go_version)
        if other is None or _rank(each) > _rank(other):
            found[each.header.go_version] = each
    return [found[version] for version in sorted(found, key=order)]


def _rank(section: Section) -> tuple[int, str]:
    return _MODES.index(section.header.mode), section.header.started


def _asked(experiments: Sequence[Experiment], names: Sequence[str]) -> tuple[ClaimInfo, ...]:
    """Return the claims that the names mean: one claim's name leaves the others of its experiment out."""
    every = [claim for experiment in experiments for claim in claims_of(experiment)]
    asked = [claim for claim in every if not names or any(_means(name, claim) for name in names)]
    return tuple(sorted(asked, key=lambda claim: claim.id))


def _means(name: str, claim: ClaimInfo) -> bool:
    if _CLAIM_OR_ARTICLE.fullmatch(name):
        return claim.id == name or claim.id.startswith(f"{name}-")
    return name in ("all", claim.experiment)


def _predicted(seen: Observed) -> dict[Key, float]:
    if not seen.experiment.models:
        return {}
    from goxray.lab.models import predicted

    return predicted(seen.experiment, seen.go_version)
