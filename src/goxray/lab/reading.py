"""Read ``claim.toml``: every key is known and every name exists, or one line says what is wrong and where."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import get_args

from goxray.core.errors import UsageError
from goxray.core.toml_table import Table
from goxray.lab.experiment import (
    TOPICS,
    Arm,
    Build,
    Claim,
    Experiment,
    Figure,
    ModelValue,
    Predicate,
    PredicateKind,
    Run,
    SourceValue,
)

_HINT = "goxray lab new ID writes an experiment to start from"
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
"""How an experiment, and so its folder, may be called."""

_CLAIM = re.compile(r"[A-Z]\d{3}-\d{2}")
_DIRECTIONS = ("rising", "falling", "not-falling", "not-rising")
_KINDS: dict[str, PredicateKind] = {kind: kind for kind in get_args(PredicateKind)}
_PLACES = ("stdout", "stderr", "build", "symbols", "source")


def read(folder: Path) -> Experiment:
    """Read an experiment's folder.

    Raises:
        UsageError: the file is missing or is no TOML, a key is unknown, missing or of the wrong kind, or a name that it
            mentions (arm, build, topic) does not exist.
    """
    path = folder / "claim.toml"
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not TOML: {error}") from error
    table = Table(values, f"{folder.name}/claim.toml", _HINT)
    found = Experiment(
        id=table.text("id"),
        topic=table.text("topic"),
        title=table.words("title"),
        about=table.words("about"),
        folder=folder,
        run=_run(table),
        builds=tuple(_build(each) for each in table.tables("build")),
        sources=tuple(_source(each) for each in table.tables("source")),
        models=tuple(_model(each) for each in table.tables("model")),
        claims=tuple(_claim(each) for each in table.tables("claim")),
    )
    table.finish()
    _check(found, table)
    return found


def _run(table: Table) -> Run | None:
    if "run" not in table:
        return None
    with table.table("run") as each:
        arms = tuple(_arm(arm) for arm in each.tables("arm"))
        return Run(
            arms=arms or tuple(Arm(name) for name in each.texts("arms", ("main",))),
            exact=each.texts("exact"),
            quick=int(each.number("quick", 0)),
            thorough=int(each.number("thorough", 0)),
            timeout_s=each.number("timeout_s", 20),
            tight=each.number("tight", 0.02),
            alone=each.flag("alone"),
            needs=each.texts("needs"),
        )


def _arm(table: Table) -> Arm:
    return Arm(
        name=table.text("name"),
        build=table.text("build", "main"),
        env=table.pairs("env"),
        args=table.texts("args"),
        separate=table.flag("separate"),
        crash_expected=table.flag("crash_expected"),
    )


def _build(table: Table) -> Build:
    return Build(
        name=table.text("name"),
        folder=table.text("folder", "."),
        flags=table.texts("flags"),
        env=table.pairs("env"),
        twice=table.flag("twice"),
        tool=table.texts("tool"),
        of=table.text("of", "main"),
        needs=table.texts("needs"),
        go_line=table.text("go_line", ""),
    )


def _source(table: Table) -> SourceValue:
    pattern = _regex(table, table.text("pattern"))
    if re.compile(pattern).groups < 1:
        raise table.wrong("the pattern needs a group that holds the figure")
    return SourceValue(table.text("name"), table.texts("files"), pattern, table.text("unit", "1"))


def _model(table: Table) -> ModelValue:
    scenario = table.text("gc", "")
    return ModelValue(
        measure=table.text("measure"),
        map=table.text("map", "" if scenario else None),
        figure=table.text("figure"),
        gc=scenario,
        hint=int(table.number("hint", 0)),
        steps=table.texts("steps"),
        arm=table.text("arm", ""),
        case=table.text("case", ""),
    )


def _claim(table: Table) -> Claim:
    found = Claim(
        id=table.text("id"),
        section=table.text("section"),
        text=table.words("text"),
        refuted_by=table.words("refuted_by"),
        predicates=tuple(_predicate(each) for each in table.tables("predicate")),
        checks=tuple(_predicate(each) for each in table.tables("check")),
        decided_by=_figure(table, "decided_by") if "decided_by" in table else None,
        decided_over=_figure(table, "decided_over") if "decided_over" in table else None,
        speaks_of=table.text("speaks_of", ""),
        cannot=table.maybe_words("cannot"),
        needs=table.maybe_words("needs"),
    )
    if not _CLAIM.fullmatch(found.id):
        raise table.wrong(f"{found.id!r} is no claim's id such as C000-04")
    if not found.predicates and found.cannot is None:
        raise table.wrong("no predicate decides it, and cannot.en and cannot.zh do not say why")
    return found


def _figure(table: Table, key: str) -> Figure:
    with table.table(key) as each:
        return Figure(each.text("measure"), each.text("arm", ""), each.text("case", ""))


def _predicate(table: Table) -> Predicate:
    kind = _KINDS.get(table.text("kind"))
    if kind is None:
        raise table.wrong(f"kind is one of {', '.join(_KINDS)}")
    figure = None
    if "measure" in table:
        figure = Figure(table.text("measure"), table.text("arm", ""), table.text("case", ""))
    found = Predicate(
        kind=kind,
        figure=figure,
        over=_figure(table, "over") if "over" in table else None,
        value=table.maybe_number("value"),
        tolerance=table.number("tolerance", 0),
        low=table.maybe_number("low"),
        high=table.maybe_number("high"),
        along=table.texts("along"),
        direction=table.text("direction", ""),
        where=table.text("where", ""),
        pattern=_regex(table, table.text("pattern", "")),
        build=table.text("build", ""),
        says=table.maybe_words("says"),
    )
    missing = _missing(found)
    if missing:
        raise table.wrong(f"{kind} needs {missing}")
    return found


def _missing(found: Predicate) -> str:
    if found.kind in ("present", "absent"):
        place = found.where.partition(":")[0]
        return "" if found.pattern and place in _PLACES else f"a pattern, and where: {', '.join(_PLACES)} and a name"
    if found.kind == "compiles":
        return "" if found.build else "build"
    if found.figure is None:
        return "measure"
    return {
        "equals": "" if found.value is not None or found.over is not None else "value or over",
        "between": "" if found.low is not None or found.high is not None else "low or high",
        "ratio_at_least": "" if found.value is not None and found.over is not None else "value and over",
        "monotone": "" if found.direction in _DIRECTIONS and len(found.along) > 1 else "along and direction",
    }[found.kind]


def _regex(table: Table, pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise table.wrong(f"{pattern!r} is no regular expression: {error}") from error
    return pattern


def _check(found: Experiment, table: Table) -> None:
    if found.id != found.folder.name or not NAME.fullmatch(found.id):
        raise table.wrong(f"id must be the folder's name, words in small letters with dashes between: {found.id!r}")
    if found.topic not in TOPICS:
        raise table.wrong(f"topic is one of {', '.join(TOPICS)}")
    if not found.claims:
        raise table.wrong("it has no claim")
    builds = {"main", *(each.name for each in found.builds)}
    arms = [arm.name for arm in found.run.arms] if found.run else []
    if len(set(arms)) != len(arms):
        raise table.wrong("two arms have one name")
    if any("," in name for name in arms):
        raise table.wrong("an arm's name holds no comma: the program gets their names separated by commas")
    for arm in found.run.arms if found.run else ():
        if arm.build not in builds:
            raise table.wrong(f"arm {arm.name}: there is no build {arm.build!r}")
    for claim in found.claims:
        for each in (*claim.predicates, *claim.checks):
            _check_names(each, builds, set(arms), table)


def _check_names(each: Predicate, builds: set[str], arms: set[str], table: Table) -> None:
    figures = [figure for figure in (each.figure, each.over) if figure is not None]
    for figure in figures:
        if figure.arm and figure.arm not in arms | builds:
            raise table.wrong(f"there is no arm or build {figure.arm!r}")
    place, _, name = each.where.partition(":")
    known = {"stdout": arms, "stderr": arms, "build": builds, "symbols": builds}.get(place)
    if known is not None and name not in known:
        raise table.wrong(f"{each.where}: there is no such {'arm' if place in ('stdout', 'stderr') else 'build'}")
    if each.build and each.build not in builds:
        raise table.wrong(f"there is no build {each.build!r}")
