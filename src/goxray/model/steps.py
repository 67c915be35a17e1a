"""The steps of a map's life that a prediction runs through: fill it, delete from it, fill it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

StepKind = Literal["insert", "delete", "clear"]


@dataclass(frozen=True)
class Step:
    """One step: ``insert`` adds ``count`` keys that the map does not hold, ``delete`` takes ``count`` random ones out.

    ``clear`` empties the map (the builtin; ``count`` is 0). ``text`` is the step as the user wrote it.
    """

    kind: StepKind
    count: int
    text: str = ""
