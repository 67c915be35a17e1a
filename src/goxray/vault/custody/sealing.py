"""Seals evidence into a vault."""

from __future__ import annotations

from typing import BinaryIO

from goxray.core.errors import GoxrayError
from goxray.core.vault_result import BundleSealed


class Sealing:
    """A bundle that is being sealed: what is written to ``sink`` is its content.

    Attributes:
        sink: Where the content goes; write only, and never on disk as it is.
    """

    def __init__(self, sink: BinaryIO) -> None:
        self.sink = sink
        self._sealed: BundleSealed | None = None

    @property
    def sealed(self) -> BundleSealed:
        """What became of it, behind the block that wrote the content.

        Raises:
            GoxrayError: The block has not ended, or nothing was sealed.
        """
        if self._sealed is None:
            raise GoxrayError("nothing was sealed so far")
        return self._sealed
