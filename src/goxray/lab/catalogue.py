"""The catalogue: the experiments that come with goxray, and a user's own, found by their folders."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from goxray.core.errors import UsageError
from goxray.core.lab_result import ClaimInfo, ExperimentInfo, Method
from goxray.lab.experiment import TOPICS, Experiment
from goxray.lab.reading import read
from goxray.lab.sayings import sayings

SHIPPED = Path(__file__).parent / "experiments"
SUPPORT = Path(__file__).parent / "support"
"""Go files that are compiled into each experiment: how it prints what it measures."""


def all_experiments(folders: Sequence[Path] = ()) -> tuple[Experiment, ...]:
    """Return every experiment of the catalogue and of further folders, by id.

    Raises:
        UsageError: a file is wrong, two experiments have one id, or two claims do.
    """
    found: dict[str, Experiment] = {}
    claims: dict[str, str] = {}
    for base in (SHIPPED, *folders):
        for path in sorted(base.glob("*/claim.toml")):
            each = read(path.parent)
            if each.id in found:
                raise UsageError(f"two experiments are called {each.id}: {found[each.id].folder} and {each.folder}")
            found[each.id] = each
            for claim in each.claims:
                if claim.id in claims:
                    raise UsageError(f"claim {claim.id} stands in two experiments: {claims[claim.id]} and {each.id}")
                claims[claim.id] = each.id
    return tuple(found[name] for name in sorted(found))


def choose(experiments: Sequence[Experiment], names: Sequence[str], topic: str = "") -> tuple[Experiment, ...]:
    """Return the experiments that ``names`` mean: an id, a claim (``C000-04``), an article (``C000``), or ``all``.

    Raises:
        UsageError: a name means nothing; the message says what comes close.
    """
    if topic and topic not in TOPICS:
        raise UsageError(f"no such topic: {topic}", hint=f"one of {', '.join(TOPICS)}")
    chosen: dict[str, Experiment] = {}
    for name in names or ("all",):
        matching = [each for each in experiments if _means(name, each)]
        if not matching:
            raise UsageError(f"no experiment or claim is called {name!r}", hint=_close(name, experiments))
        chosen.update({each.id: each for each in matching})
    return tuple(each for each in chosen.values() if not topic or each.topic == topic)


def source_sha256(experiment: Experiment) -> str:
    """Return the SHA-256 over all files that an experiment is made of, the supporting ones among them (hex)."""
    digest = hashlib.sha256()
    for name, path in source_files(experiment).items():
        content = path.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def source_files(experiment: Experiment) -> dict[str, Path]:
    """Return the files that an experiment is made of by name, in order: its own, then those of ``support/``."""
    own = {str(path.relative_to(experiment.folder)): path for path in experiment.folder.rglob("*") if path.is_file()}
    shared = {f"support/{path.name}": path for path in SUPPORT.glob("*.go")}
    return dict(sorted((own | shared).items()))


def described(experiment: Experiment) -> ExperimentInfo:
    """Return what a list of the catalogue tells of an experiment."""
    method: Method = "run" if experiment.run else "build" if experiment.builds else "source"
    return ExperimentInfo(
        id=experiment.id,
        topic=experiment.topic,
        title=experiment.title,
        about=experiment.about,
        claims=tuple(claim.id for claim in experiment.claims),
        arms=tuple(arm.name for arm in experiment.run.arms) if experiment.run else (),
        method=method,
        source_sha256=source_sha256(experiment),
    )


def claims_of(experiment: Experiment) -> tuple[ClaimInfo, ...]:
    """Return an experiment's claims as a report shows them."""
    return tuple(
        ClaimInfo(
            id=claim.id,
            experiment=experiment.id,
            topic=experiment.topic,
            article=claim.article,
            section=claim.section,
            text=claim.text,
            refuted_by=claim.refuted_by,
            speaks_of=claim.speaks_of,
            cannot=claim.cannot,
            needs=claim.needs,
            sayings=sayings(claim),
        )
        for claim in experiment.claims
    )


def _means(name: str, experiment: Experiment) -> bool:
    if name in ("all", experiment.id):
        return True
    return any(claim.id == name or claim.id.startswith(f"{name}-") for claim in experiment.claims)


def _close(name: str, experiments: Sequence[Experiment]) -> str:
    from difflib import get_close_matches

    known = [each.id for each in experiments] + [claim.id for each in experiments for claim in each.claims]
    near = get_close_matches(name, known, 3)
    return f"did you mean {', '.join(near)}?" if near else "goxray lab list shows them all"
