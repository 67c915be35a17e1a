"""What was refused is told to the log as well: who wanted what, and the word for why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from goxray.core.errors import (
    BadBundle,
    BadCertificate,
    BadKey,
    ClockStepped,
    GoxrayError,
    KeyDestroyed,
    NotAuthentic,
    WrongPassphrase,
)
from goxray.vault.canonical import Json
from goxray.vault.custody.vaults import Vault
from goxray.vault.log.entry import Event

_WORDS: tuple[tuple[type[GoxrayError], str], ...] = (
    (WrongPassphrase, "wrong-passphrase"),
    (BadCertificate, "bad-certificate"),
    (BadKey, "bad-key"),
    (NotAuthentic, "not-authentic"),
    (KeyDestroyed, "key-destroyed"),
    (BadBundle, "bad-bundle"),
    (ClockStepped, "clock-stepped"),
)
"""Errors that are refusals. A slip of the pen (UsageError) is none, and a log with faults takes no more entries."""

_WHY_MOST = 500


def word_of(error: GoxrayError) -> str:
    """Return the log's word for an error, empty where it is no refusal."""
    return next((word for kind, word in _WORDS if isinstance(error, kind)), "")


@contextmanager
def told(
    vault: Vault,
    who: str,
    what: str,
    about: str = "",
    detail: Mapping[str, Json] | None = None,
    *,
    but: tuple[type[GoxrayError], ...] = (),
) -> Iterator[None]:
    """Tell the log of a refusal in the block, which goes on its way; where the log takes nothing, that is not told.

    Args:
        vault: Whose log.
        who: Who wanted it.
        what: The deed, as its entry would name it.
        about: SM3 digest, in hex, of what it was to be done to.
        detail: What else its entry would say.
        but: Refusals that the block itself tells of.
    """
    try:
        yield
    except GoxrayError as error:
        word = word_of(error)
        if word and not isinstance(error, but):
            with suppress(GoxrayError, OSError):
                vault.log().append(Event(who, what, word, about, {**(detail or {}), "why": str(error)[:_WHY_MOST]}))
        raise
