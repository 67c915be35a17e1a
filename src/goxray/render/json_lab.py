"""``goxray lab run --format json``: the schema ``goxray.lab/1``, stable in its keys and their meaning.

``verdicts`` holds what every reader wants and nothing else; what stands behind each is in ``evidence``, in the same
order. Nothing here depends on the language: texts that are meant for people are there in both.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, BinaryIO

from goxray.core.lab_result import LAB_SCHEMA_ID
from goxray.render.json_maps import encode, members
from goxray.render.lab_story import cases_text, reason_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goxray.core.lab_result import Deciding, LabResult, Measured, Part, VersionVerdict
    from goxray.render.options import RenderOptions

VERDICT_KEYS = (
    "claim", "experiment", "go_version", "verdict", "condition", "deciding", "method", "trials", "source_sha256",
)  # fmt: skip
DECIDING_KEYS = ("name", "value", "low", "high", "unit")


def write_json(result: LabResult, out: BinaryIO, options: RenderOptions) -> None:
    """Write the result as one JSON object in UTF-8; ``options`` change nothing, the format has no language."""
    del options
    report: dict[str, Any] = {
        "schema": LAB_SCHEMA_ID,
        "mode": result.mode,
        "started": result.started,
        "seconds": result.seconds,
        "interrupted": result.interrupted,
        "kept_in": result.kept_in,
        "toolchains": _toolchains(result),
        "machine": asdict(result.machine),
        "verdicts": [verdict_row(row) for row in result.verdicts],
        "evidence": [evidence_row(row) for row in result.verdicts],
        "overall": [asdict(row) for row in result.overall],
        "claims": [claim_row(row) for row in result.claims],
        "experiments": [asdict(row) for row in result.experiments],
        "measured": measured_rows(result.measured),
        "faults": [asdict(row) for row in result.faults],
    }
    out.write(encode("{\n" + ",\n".join(members(report)) + "\n}\n"))


def verdict_row(row: VersionVerdict) -> dict[str, Any]:
    """Return a verdict with the schema's keys and no others."""
    return {
        "claim": row.claim,
        "experiment": row.experiment,
        "go_version": row.go_version,
        "verdict": row.verdict,
        "condition": condition(row),
        "deciding": _deciding(row.deciding),
        "method": row.method,
        "trials": row.trials,
        "source_sha256": row.source_sha256,
    }


def condition(row: VersionVerdict) -> str | None:
    """Return in which cases a CONDITIONAL claim holds, why an INCONCLUSIVE one is that, in English; else None."""
    if row.verdict == "CONDITIONAL":
        return cases_text(row.condition, row.otherwise, "en")
    return reason_text(row.reason, row.detail, "en") if row.verdict == "INCONCLUSIVE" else None


def _deciding(figure: Deciding | None) -> dict[str, Any] | None:
    if figure is None:
        return None
    return {key: finite(getattr(figure, key)) for key in DECIDING_KEYS}


def finite(value: Any) -> Any:
    """Return a value that JSON can hold: what is not a number is null."""
    endless = isinstance(value, float) and (value != value or abs(value) == float("inf"))
    return None if endless else value


def evidence_row(row: VersionVerdict) -> dict[str, Any]:
    """Return what stands behind a verdict."""
    figure = row.deciding
    return {
        "claim": row.claim,
        "go_version": row.go_version,
        "go_line": row.go_line,
        "holds_for": list(row.condition),
        "fails_for": list(row.otherwise),
        "reason": row.reason,
        "detail": row.detail,
        "part_only": row.part_only,
        "spoken_of": row.spoken_of,
        "arm": figure.arm if figure else "",
        "case": figure.case if figure else "",
        "predicted": finite(figure.predicted) if figure else None,
        "parts": [_part(part) for part in row.parts],
    }


def _part(part: Part) -> dict[str, Any]:
    return asdict(part)


def claim_row(row: Any) -> dict[str, Any]:
    """Return a claim; its sayings are the predicates that decide, as the experiment states them."""
    return asdict(row)


def measured_rows(rows: Sequence[Measured]) -> list[dict[str, Any]]:
    """Return the figures with each trial's value."""
    return [
        {
            key: [finite(each) for each in value] if key == "values" else finite(value)
            for key, value in asdict(row).items()
        }
        for row in rows
    ]


def _toolchains(result: LabResult) -> list[dict[str, Any]]:
    lines = {row.go_version: row.go_line for row in result.verdicts}
    return [{"go_version": version, "go_line": lines.get(version, "")} for version in result.versions]
