"""Masking for what reports show of a target's memory: keys of maps, equal strings."""

from __future__ import annotations

from collections.abc import Sequence

from goxray.core.result import Masked
from goxray.vault.mask import keyfile
from goxray.vault.mask.cells import Cells
from goxray.vault.mask.choose import choose
from goxray.vault.mask.masker import Masker


class Shown:
    """Masks texts that are shown; ``told`` says how. To be made before the target is looked at.

    Args:
        what: What is masked, as ``goxray mask`` takes it.
        key: The key for tokens; None takes a random one that nobody keeps.

    Raises:
        UsageError: What is to be masked makes no sense, or the key is too short.
    """

    def __init__(self, what: Sequence[str], key: bytes | bytearray | None) -> None:
        chosen = choose(what)
        masker = Masker(chosen.rules, keyfile.fresh() if key is None else bytes(key))
        self.text = Cells(masker).text
        self.told = Masked(chosen.names, masker.tokens.key_id, key is not None)
