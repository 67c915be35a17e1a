"""What a map will cost: one prediction for each Go version and step, by closed forms or by simulated lives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from goxray.core.errors import UsageError
from goxray.core.predict_result import Prediction, PredictResult
from goxray.core.units import format_bytes, format_count
from goxray.goruntime.types import Kind
from goxray.layout import VERSIONS
from goxray.model.builds import build_layout, build_name
from goxray.model.churn import parse_churn, parse_count
from goxray.model.gotypes_simple import simple_map
from goxray.model.shapes import map_shape, most_values, shape_of
from goxray.model.steps import Step

if TYPE_CHECKING:
    from goxray.goruntime.types import GoType
    from goxray.layout import RuntimeLayout
    from goxray.model.closed.figures import Spread
    from goxray.model.shape import ModelShape

CLOSED = "closed form"
_MOST_SEEDS = 10_000


@dataclass(frozen=True)
class _Case:
    """One map type on one build; ``most_keys`` where its keys are of a type with few values."""

    layout: RuntimeLayout
    shape: ModelShape
    name: str
    most_keys: int | None = None


def predict(
    map_type: str,
    n: int | str | None = None,
    *,
    types: Sequence[str | Path] = (),
    hint: int | str = 0,
    go: Sequence[str] = (),
    arch: str = "amd64",
    churn: str = "",
    seeds: int | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> PredictResult:
    """Predict what a map costs after ``n`` inserts of distinct keys, and after each step of ``churn`` that follows.

    Args:
        map_type: the Go type, ``map[string]*T``. Types that it names without telling are pointers' targets or stand in
            ``types``.
        n: how many entries are inserted first; None to begin with the churn.
        types: Go files that declare types.
        hint: the hint of ``make``; 0 for none.
        go: builds as :func:`goxray.model.builds.build_layout` takes them; empty for every release line.
        arch: GOARCH.
        churn: steps as :func:`goxray.model.churn.parse_churn` reads them.
        seeds: simulate so many lives for what depends on the hash's seed, instead of closed forms; None leaves it to
            what answers fast.
        progress: is told what goes on, with the share done, 0 to 1.

    Raises:
        UsageError: the type, a number, a step or a version makes no sense.
        UnsupportedArch: the architecture is not known.
    """
    steps, hint = _steps(n, churn), _count(hint, "hint")
    if seeds is not None and not 1 <= seeds <= _MOST_SEEDS:
        raise UsageError(f"not a number of seeds: {seeds}", hint=f"from 1 to {format_count(_MOST_SEEDS)}")
    cases = list({case.name: case for case in _cases(map_type, go, arch, types)}.values())
    _check_keys(cases[-1], steps)
    results: list[Prediction] = []
    for done, case in enumerate(cases):

        def tell(share: float, done: int = done, name: str = case.name) -> None:
            if progress is not None:
                progress(f"simulating {name}", (done + share) / len(cases))

        results += _predictions(case, steps, hint, seeds, tell)
    return PredictResult(tuple(results), tuple(_notes(results, [case.shape for case in cases])))


def _line(line: tuple[int, int]) -> str:
    return ".".join(map(str, line))


def _count(value: int | str, what: str) -> int:
    return parse_count(str(value), what)


def _steps(n: int | str | None, churn: str) -> tuple[Step, ...]:
    if n is None and not churn.strip():
        raise UsageError("how many entries?", hint="give -n 5e6, or --churn 'insert 1e6; delete 95%'")
    first = () if n is None else (Step("insert", count := _count(n, "number of entries"), f"insert {count}"),)
    return first + (parse_churn(churn, first[0].count if first else 0) if churn.strip() else ())


def _cases(map_type: str, go: Sequence[str], arch: str, types: Sequence[str | Path]) -> list[_Case]:
    """The builds asked for; where nobody asked, those whose standard library has the types that the map names."""
    if go:
        return [_case(map_type, build, arch, types) for build in go]
    *older, newest = (_line(row.line) for row in VERSIONS)
    last = _case(map_type, newest, arch, types)  # whatever is wrong with the question is wrong here too
    found = []
    for build in older:
        with suppress(UsageError):
            found.append(_case(map_type, build, arch, types))
    return [*found, last]


def _case(map_type: str, build: str, arch: str, types: Sequence[str | Path]) -> _Case:
    layout = build_layout(build, arch)
    shape, most_keys = _shape(map_type, layout, types)
    return _Case(layout, shape, f"go{build_name(layout)}", most_keys)


def _shape(map_type: str, layout: RuntimeLayout, types: Sequence[str | Path]) -> tuple[ModelShape, int | None]:
    simple = None if types else simple_map(map_type.strip())
    if simple is not None:
        return shape_of(*simple, layout), most_values(simple[0])
    from goxray.model.gotypes import parse_files, parse_type

    declared: Mapping[str, GoType] | None = parse_files([Path(file) for file in types], layout) if types else None
    go_type = parse_type(map_type, layout, declared)
    if go_type.kind is not Kind.MAP:
        raise UsageError(f"{map_type} is no map type", hint="write it as map[string]*T")
    return map_shape(go_type, layout), most_values(go_type.map_shape.key)


def _predictions(
    case: _Case, steps: Sequence[Step], hint: int, seeds: int | None, tell: Callable[[float], None]
) -> list[Prediction]:
    from goxray.model.closed.life import ClosedForms

    closed = ClosedForms(case.layout, case.shape).life(steps, hint)
    found = [_closed(case, number, steps[number], hint, spread) for number, spread in enumerate(closed)]
    _check_size(case, found)
    if len(found) == len(steps) and (seeds is None or all(prediction.exact for prediction in found)):
        return found
    from goxray.model.seeds import simulated

    drawn = simulated(case.layout, case.shape, case.name, hint, steps, seeds, tell)
    for number, each in enumerate(found):  # one source for all that chance decides: figures of steps must go together
        drawn[number] = each if each.exact else replace(drawn[number], growth=each.growth)
    found = drawn
    _check_size(case, found)
    return found


def _check_keys(case: _Case, steps: Sequence[Step]) -> None:
    present = 0
    for step in steps:
        present = 0 if step.kind == "clear" else present + step.count * (1 if step.kind == "insert" else -1)
        if case.most_keys is not None and present > case.most_keys:
            raise UsageError(
                f"{case.shape.name} cannot hold {format_count(present)} entries",
                hint=f"its keys have {format_count(case.most_keys)} different value{'s' * (case.most_keys > 1)}",
            )


def _check_size(case: _Case, found: Sequence[Prediction]) -> None:
    most = case.layout.const("maxAlloc")
    for each in found:
        if each.peak_bytes + each.indirect_bytes > most:
            raise UsageError(
                f"{format_count(each.n)} entries are too many: the map would hold {format_bytes(each.peak_bytes)}",
                hint=f"{each.go_version} can address {format_bytes(most)}",
            )


def _closed(case: _Case, number: int, step: Step, hint: int, spread: Spread) -> Prediction:
    return Prediction(
        go_version=case.name,
        goarch=case.layout.goarch,
        kind=spread.kind,
        type=case.shape.name,
        step=number,
        step_text=step.text,
        n=spread.entries,
        hint=hint,
        exact=spread.exact,
        bytes=spread.bytes.median,
        low=spread.bytes.quantile(0.05),
        high=spread.bytes.quantile(0.95),
        indirect_bytes=spread.indirect_bytes,
        peak_bytes=spread.peak_bytes.median,
        scan_bytes=spread.scan_bytes.median,
        mallocs=spread.mallocs.median,
        total_alloc=spread.total_alloc.median,
        slots=spread.slots.median,
        how=CLOSED,
        detail=dict(spread.detail),
        growth=spread.growth,
    )


def _notes(results: Sequence[Prediction], shapes: Sequence[ModelShape]) -> list[str]:
    notes = []
    if any(shape.full_key_ptrdata or shape.full_elem_ptrdata for shape in shapes):
        notes.append("what keys and elems point to is not counted: the bytes of strings, the values behind pointers")
    if any(each.indirect_bytes for each in results):
        notes.append(
            "keys or elems over 128 bytes are kept by pointer: their objects are counted as indirect bytes, "
            "in allocations and in TotalAlloc, not in bytes and peak"
        )
    scaled = next((each.how for each in results if "size" in each.how), "")
    if scaled:
        notes.append(f"too large to simulate whole: {scaled}, figures scaled up and their spread by the square root")
    return notes
