"""Values that stand in columns or beside a label: each is masked as the field that the name makes it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from goxray.vault.mask.masker import Masker

LOST = "[text]"
"""What stands in the place of a text that could not be masked."""


class Cells:
    """Masks single values by the rules of a masker, and counts with it."""

    def __init__(self, masker: Masker) -> None:
        self._masker = masker

    def text(self, text: str) -> str:
        """Mask what detectors find; a text that cannot be masked is left out and counted."""
        try:
            return self._masker.text(text)
        except Exception:  # As with lines: what meets a defect must neither pass nor end the stream.
            self._masker.stats.dropped["error"] += 1
            return LOST

    def row(self, names: Sequence[str], values: Sequence[str]) -> list[str] | None:
        """Mask a row; a value beyond the last name is free text. None where it cannot be masked and was dropped.

        A value that a rule drops is empty.
        """
        named = [*names[: len(values)], *[""] * (len(values) - len(names))]
        plain = len(set(named)) == len(named)  # one object is quicker, where no column hides another
        pairs = zip(named, values, strict=True)
        given: object = dict(pairs) if plain else [{name: value} for name, value in pairs]
        done = self._masker.line(json.dumps(given).encode())
        if done is None:
            return None
        self._masker.stats.json -= 1
        self._masker.stats.text += 1
        made = json.loads(done)
        if plain:
            return [str(made.get(name, "")) for name in named]
        return [str(next(iter(pair.values()), "")) for pair in made]

    def field(self, name: str, value: str) -> str:
        """Mask one value that stands beside a name."""
        done = self.row((name,), (value,))
        return LOST if done is None else done[0]
