"""Evidence that is kept, shown and destroyed under the SM algorithms: what ``goxray vault`` offers to programs."""

from __future__ import annotations

from goxray.vault.custody.vaults import Ask, whoever

__all__ = ["Ask", "whoever"]
