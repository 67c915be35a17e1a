"""The predicates over texts and builds: present, absent, compiles."""

from __future__ import annotations

import re

from goxray.core.errors import UsageError
from goxray.core.lab_result import Method, Outcome
from goxray.lab.experiment import Predicate
from goxray.lab.judge.figures import Seen, Unsure
from goxray.lab.judge.findings import Finding, part, unsure
from goxray.lab.judge.intervals import Interval
from goxray.lab.observed import BuildOutcome
from goxray.lab.sourcetext import files, matches

_METHODS: dict[str, Method] = {
    "stdout": "run",
    "stderr": "run",
    "build": "build",
    "symbols": "build",
    "source": "source",
}
_SHOWN = 160


def judge_text(predicate: Predicate, seen: Seen) -> list[Finding]:
    """Return what ``present``, ``absent`` or ``compiles`` comes to."""
    if predicate.kind == "compiles":
        return [_compiles(predicate, seen)]
    place, _, name = predicate.where.partition(":")
    if place == "source":
        return [_source(predicate, name, seen)]
    method = _METHODS.get(place, "run")
    text = _words(predicate)
    found = _text_of(place, name, seen)
    if isinstance(found, Unsure):
        return [Finding(unsure(predicate, text, found), method)]
    searched, doubt = found
    hits = list(re.finditer(predicate.pattern, searched, re.MULTILINE))
    if not hits and doubt is not None:
        # A program that was cut off might have written it later.
        return [Finding(unsure(predicate, text, doubt), method)]
    evidence = _line(searched, hits[0].start()) if hits else f"not found in {predicate.where}"
    return [_counted(predicate, text, len(hits), evidence, method)]


def _counted(predicate: Predicate, text: str, count: int, evidence: str, method: Method) -> Finding:
    outcome: Outcome = "holds" if (count > 0) == (predicate.kind == "present") else "fails"
    found = Interval(float(count), float(count), float(count), 1)
    return Finding(part(predicate, text, outcome, evidence), method, interval=found, name="matches")


def _text_of(place: str, name: str, seen: Seen) -> tuple[str, Unsure | None] | Unsure:
    """Return a text and why it may not be all of it, or why there is none."""
    observed = seen.observed
    if place == "symbols":
        build = observed.builds.get(name)
        if build is None or build.ok is not True:
            return _unbuilt(name, build)
        return "\n".join(build.symbols), None
    if place == "build":
        build = observed.builds.get(name)
        if build is not None and (build.ok is None or build.reason is not None):
            return _unbuilt(name, build)
        text = observed.texts.get(f"build:{name}", build.text if build is not None else None)
        return Unsure("not-run", f"{name} was not built") if text is None else (text, None)
    problem = observed.problems.get(name)
    doubt = None if problem is None else Unsure(problem.reason, f"{name}: {problem.detail}")
    found = observed.texts.get(f"{place}:{name}")
    if found is not None:
        return found, doubt
    return doubt or _never_ran(name, seen)


def _never_ran(arm: str, seen: Seen) -> Unsure:
    run = seen.observed.experiment.run
    name = next((each.build for each in run.arms if each.name == arm), "main") if run else "main"
    build = seen.observed.builds.get(name)
    if build is not None and build.ok is not True:
        return _unbuilt(name, build)
    return Unsure("not-run", f"{arm} wrote nothing that was kept")


def _unbuilt(name: str, build: BuildOutcome | None) -> Unsure:
    if build is None:
        return Unsure("not-run", f"{name} was not built")
    lines = [line.strip() for line in build.text.splitlines() if line.strip() and not line.startswith("#")]
    return Unsure(build.reason or "build-failed", build.detail or (lines[0][:_SHOWN] if lines else f"{name} failed"))


def _compiles(predicate: Predicate, seen: Seen) -> Finding:
    wanted = predicate.value != 0 if predicate.value is not None else True
    text = f"{predicate.build} {'compiles' if wanted else 'is refused by the compiler'}"
    build = seen.observed.builds.get(predicate.build)
    if build is None or build.ok is None or (not build.ok and build.reason is not None):
        return Finding(unsure(predicate, text, _unbuilt(predicate.build, build)), "build")
    outcome: Outcome = "holds" if build.ok == wanted else "fails"
    evidence = "it compiles" if build.ok else _unbuilt(predicate.build, build).detail
    came = Interval(float(build.ok), float(build.ok), float(build.ok), 1)
    return Finding(part(predicate, text, outcome, evidence), "build", interval=came, name="compiled")


def _source(predicate: Predicate, globs: str, seen: Seen) -> Finding:
    text, goroot = _words(predicate), seen.observed.goroot
    version = f"go{seen.observed.go_version.removeprefix('go')}"
    if goroot is None or not (goroot / "src").is_dir():
        return Finding(unsure(predicate, text, Unsure("no-source", f"{version} has no source here")), "source")
    try:
        found = matches(goroot, globs.split(), predicate.pattern)
        searched = files(goroot, globs.split())
    except UsageError as error:
        return Finding(unsure(predicate, text, Unsure("no-source", str(error))), "source")
    if found:
        return _counted(predicate, text, len(found), str(found[0]), "source")
    what = f"{len(searched)} file{'s' * (len(searched) != 1)} of {version}" if searched else ""
    evidence = f"not found in {what}" if searched else f"no such file in {version}: {globs}"
    return _counted(predicate, text, 0, evidence, "source")


def _words(predicate: Predicate) -> str:
    return f"{predicate.where} {'has' if predicate.kind == 'present' else 'has no'} {predicate.pattern}"


def _line(text: str, at: int) -> str:
    start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
    return " ".join(text[start : end if end >= 0 else len(text)].split())[:_SHOWN]
