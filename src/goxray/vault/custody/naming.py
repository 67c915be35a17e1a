"""Which bundle somebody means: by its id, by the beginning of it, or by the name of its content."""

from __future__ import annotations

from collections.abc import Iterable

from goxray.core.errors import BadBundle, NotAuthentic, UsageError
from goxray.vault import expiry
from goxray.vault.bundle import place
from goxray.vault.bundle.verify import read_front
from goxray.vault.store import Store

LEAST_DIGITS = 8
_LIST = "goxray vault list --all"


def resolve(vault: Store, asked: str, known: Iterable[str] = ()) -> str:
    """Return the id of the one bundle that is meant.

    Args:
        vault: Whose bundles.
        asked: An id, eight digits or more of it, either with ``.goxs`` behind it, or the name of the content of a
            bundle whose file is there.
        known: Ids that the log knows, files or not.

    Raises:
        UsageError: There is none, or more than one.
    """
    files = expiry.files(vault)
    begun = asked.removesuffix(expiry.SUFFIX).lower()
    found = sorted(name for name in {*files, *known} if len(begun) >= LEAST_DIGITS and name.startswith(begun))
    found = found or sorted(name for name in files if _content_name(vault, name) == asked)
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"{asked!r} stands for {len(found)} bundles: give more of the id", hint=_LIST)
    raise UsageError(f"no bundle {asked!r} is in this vault", hint=_LIST)


def _content_name(vault: Store, name: str) -> str:
    """Return what a bundle's header calls its content; empty where it cannot be read."""
    try:
        with place.readable(vault.path("bundles", name + expiry.SUFFIX)) as source:
            return read_front(source).header.content.name
    except (BadBundle, NotAuthentic, UsageError):
        return ""
