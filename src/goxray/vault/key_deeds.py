"""What the log tells of keys, and which of them it vouches for.

An entry about a key can be made by whoever may write to the log's file. So it is told (``KeyDeeds.told``), and no more.
What a key signs takes protection away only where the log vouches for it: the first key that the log tells of is
vouched for, and another one by an entry that tells how it came and is followed at once by a signed head of one that
counts then. By such an entry a key also ceases to count, when it is retired or another one comes in its place; the
last one goes on, for else nobody could ever let another one in.
"""

from __future__ import annotations

from dataclasses import dataclass

from goxray.vault.log.entry import Event

PREFIX = "key-"
"""How entries begin that tell of a key: made, added, rotated, ...; their detail names its id."""

NEW, ADDED, ROTATED, RETIRED = "key-new", "key-added", "key-rotated", "key-retired"
_CAME = (NEW, ADDED, ROTATED)


@dataclass(slots=True)
class KeyTold:
    """What the log tells of a key.

    ``came`` says that an entry tells how it came; ``retired`` and ``followed`` that it was retired, or that another
    one came in its place.
    """

    name: str
    came: bool = False
    retired: bool = False
    followed: bool = False

    @property
    def active(self) -> bool:
        """Say whether it is in use."""
        return self.came and not (self.retired or self.followed)


class KeyDeeds:
    """The deeds with keys as they go by: ``told`` by the keys' ids; ``vouched`` are the ids of those that ever counted.

    ``counting`` are those that count now; none, as long as no entry told of a key.
    """

    def __init__(self) -> None:
        self.told: dict[str, KeyTold] = {}
        self.vouched: set[str] = set()
        self.counting: set[str] = set()

    def tell(self, event: Event) -> None:
        """Take in what an entry says, whoever wrote it."""
        key, name, before = (event.detail.get(each) for each in ("id", "name", "follows"))
        if not isinstance(key, str):
            return
        told = self.told.setdefault(key, KeyTold(name if isinstance(name, str) else ""))
        told.came |= event.what in _CAME
        told.retired |= event.what == RETIRED
        if isinstance(before, str) and before in self.told:
            self.told[before].followed = True
        if event.what == NEW and not self.vouched:
            self.vouched.add(key)
            self.counting.add(key)

    def vouch(self, event: Event) -> None:
        """Take in what an entry says that a key signed which counts."""
        key, before = str(event.detail.get("id")), str(event.detail.get("follows"))
        if event.what in _CAME:
            self.vouched.add(key)
            self.counting.add(key)
        gone = {ROTATED: before, RETIRED: key}.get(event.what, "")
        if len(self.counting) > 1:
            self.counting.discard(gone)
