"""The figures of earlier runs: one small file a module, a value a day, the last one wins."""

from __future__ import annotations

import hashlib
import json
import math
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from goxray.core.errors import UsageError

_FORMAT = "goxray.health/1"
_LARGEST = 4 << 20
_MOST_DAYS = 2000
"""More days than this are not kept, five years and more of daily runs: the oldest go."""


@dataclass
class History:
    """Values by figure (name and unit) and ISO date."""

    values: dict[str, dict[str, float]] = field(default_factory=dict)

    def before(self, figure: str, day: date) -> tuple[tuple[str, float], ...]:
        """Return a figure's values of the days before one, oldest first."""
        return tuple((when, value) for when, value in sorted(self.values.get(figure, {}).items()) if when < str(day))

    def take(self, figure: str, day: date, value: float) -> None:
        """Keep a day's value; an earlier one of the same day goes."""
        kept = self.values.setdefault(figure, {})
        kept[day.isoformat()] = value
        for oldest in sorted(kept)[:-_MOST_DAYS]:
            del kept[oldest]


def file_of(store: Path, module: str) -> Path:
    """Return a module's file in a store; its name tells nothing of the module's."""
    return store / f"{hashlib.sha256(module.encode()).hexdigest()[:24]}.json"


def read_history(path: Path, module: str) -> History:
    """Read a module's file; one that does not exist is an empty history.

    Raises:
        UsageError: the file cannot be read or is not understood.
    """
    try:
        with path.open("rb") as stream:
            raw = stream.read(_LARGEST + 1)
    except FileNotFoundError:
        return History()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from error
    try:
        if len(raw) > _LARGEST:
            raise ValueError("it is too large")
        return History(_checked(json.loads(raw.decode("utf-8")), module))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is no history of figures: {error}"[:300]) from error


def write_history(path: Path, module: str, history: History) -> None:
    """Write a module's file: beside it first, then in its place, readable by its owner alone.

    Raises:
        UsageError: it cannot be written.
    """
    content = json.dumps({"format": _FORMAT, "module": module, "figures": history.values}, indent=1, sort_keys=True)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(prefix=".health-", dir=path.parent)
        try:
            with os.fdopen(number, "w", encoding="utf-8") as stream:
                stream.write(content + "\n")
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from error


def _checked(raw: object, module: str) -> dict[str, dict[str, float]]:
    if not isinstance(raw, dict) or raw.get("format") != _FORMAT:
        raise ValueError(f"it is not {_FORMAT}")
    if raw.get("module") != module:
        raise ValueError("it is another module's")
    figures = raw.get("figures")
    if not isinstance(figures, Mapping):
        raise ValueError("it has no figures")
    return {str(name): _values(values) for name, values in figures.items()}


def _values(raw: object) -> dict[str, float]:
    if not isinstance(raw, dict):
        raise ValueError("a figure has no values by date")
    found = {}
    for when, value in raw.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise ValueError("a value is no number")
        found[date.fromisoformat(when).isoformat()] = float(value)
    return found
