"""What ``goxray vault`` and ``goxray mask`` say. Plain data only; times are UTC, ``2026-11-22T02:00:00Z``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

VAULT_SCHEMA_ID = "goxray.vault/1"
MASK_SCHEMA_ID = "goxray.mask/1"

BundleState = Literal["kept", "due", "held", "begun", "destroyed", "missing", "stranger", "damaged"]
"""``kept`` not due yet; ``due`` may be destroyed; ``held`` a legal hold forbids it; ``begun`` its end began and has no
tombstone; ``destroyed`` it has one; ``missing`` gone without one; ``stranger`` there, and the log does not know it;
``damaged`` its front cannot be read."""


@dataclass(frozen=True)
class VaultKey:
    """A key of the vault. ``own``: its private part is here; ``follows`` is the key it came in place of."""

    id: str
    name: str
    state: Literal["active", "retired"]
    own: bool
    created: str
    retired: str = ""
    follows: str = ""


@dataclass(frozen=True)
class KeepPeriod:
    """How long a class of evidence is kept: calendar months, and days after them. ``default`` is every other class."""

    name: str
    months: int
    days: int = 0


@dataclass(frozen=True)
class BundleRow:
    """A bundle as its header and the log tell of it.

    ``content_bytes`` is None where nobody read so far. ``recipients`` and ``signer`` are names where the vault knows
    the key, else ids. ``mask`` are the names of the rules that ran before sealing. ``due`` is the time from which it
    may be destroyed, empty where the log does not know it. ``ended`` is when it was destroyed.
    """

    id: str
    state: BundleState
    name: str = ""
    kind: str = ""
    retention: str = ""
    created: str = ""
    signer: str = ""
    recipients: tuple[str, ...] = ()
    mask: tuple[str, ...] = ()
    file_bytes: int = 0
    content_bytes: int | None = None
    due: str = ""
    holds: tuple[str, ...] = ()
    ended: str = ""


@dataclass(frozen=True)
class VaultMade:
    """A new vault, its first key, and how long it keeps what."""

    place: str
    vault: str
    key: VaultKey
    periods: tuple[KeepPeriod, ...]


@dataclass(frozen=True)
class BundleSealed:
    """A bundle that was sealed; ``entry`` is the number of its entry in the log. ``masked`` is None where none was."""

    place: str
    bundle: BundleRow
    entry: int
    masked: MaskCounts | None = None


@dataclass(frozen=True)
class BundleOpened:
    """A bundle whose content was written to ``file``, after everything about it had verified."""

    bundle: BundleRow
    file: str
    content_bytes: int


@dataclass(frozen=True)
class VaultListed:
    """What is in a vault. ``log_good`` is False where the log has faults: states then rest on what remains of it.

    ``left_out`` is how many bundles are not shown, because they were not asked for.
    """

    place: str
    vault: str
    bundles: tuple[BundleRow, ...]
    periods: tuple[KeepPeriod, ...]
    log_good: bool
    left_out: int = 0


@dataclass(frozen=True)
class BundleChecked:
    """A bundle that was verified without a secret; ``fault`` is empty where everything fits.

    ``destroyed`` says that its data key is gone and that what remains of it verifies all the same. ``kind`` is that of
    the fault: ``format`` (no bundle, or a rule of the format is broken), ``changed`` (a digest or the signature does
    not fit), ``untrusted`` (signed by a key that is not trusted here), ``unreadable``; empty where it is none of them.
    """

    name: str
    bundle: BundleRow | None
    fault: str = ""
    destroyed: bool = False
    kind: str = ""


@dataclass(frozen=True)
class WrongRow:
    """Something that is not as retention wants it: ``kind`` as ``goxray.vault.expiry.Wrong`` says.

    What its words speak of, where it is known: ``at`` when it happened, ``due`` from when it might, ``holds`` which
    holds forbade it.
    """

    kind: str
    id: str
    entry: int
    words: str
    at: str = ""
    due: str = ""
    holds: tuple[str, ...] = ()


@dataclass(frozen=True)
class LogFault:
    """A place where the log is not as it was written: ``entry`` is the number expected there, ``at`` a byte.

    ``kind`` as ``goxray.vault.log.walk.Fault`` says; ``last`` is the last entry concerned and ``end`` the byte after
    what is concerned, both 0 where that is not known.
    """

    kind: str
    entry: int
    at: int
    words: str
    last: int = 0
    end: int = 0


@dataclass(frozen=True)
class ClockStep:
    """The clock was set between the entry before ``entry`` and that one, by ``by_s`` seconds, backward if negative."""

    entry: int
    by_s: float
    certain: bool
    accepted: bool


@dataclass(frozen=True)
class LogVerified:
    """What a log is found to be.

    ``covered`` is the number of the last entry under a signed head of a trusted key; ``heads`` how many of those there
    are; ``unknown_keys`` the ids of keys that signed others; ``torn`` how many lines a crash tore (all told of);
    ``anchors_met`` of ``anchors_given`` points kept elsewhere are in the log as they were then.
    """

    log_id: str
    entries: int
    last_at: str
    covered: int
    heads: int
    unknown_keys: tuple[str, ...]
    faults: tuple[LogFault, ...]
    torn: int
    steps: tuple[ClockStep, ...]
    marks_lost: tuple[int, ...]
    anchors_met: int = 0
    anchors_given: int = 0

    @property
    def good(self) -> bool:
        """Say whether nothing was changed, as far as a log can show."""
        return not self.faults


@dataclass(frozen=True)
class VaultVerified:
    """A vault or single bundles, verified without a secret. ``log`` is None where only bundle files were named."""

    place: str
    vault: str
    bundles: tuple[BundleChecked, ...]
    wrong: tuple[WrongRow, ...] = ()
    log: LogVerified | None = None
    trusted: tuple[VaultKey, ...] = ()

    @property
    def good(self) -> bool:
        """Say whether nothing at all is wrong."""
        return not (self.wrong or any(each.fault for each in self.bundles) or (self.log and not self.log.good))


@dataclass(frozen=True)
class HoldSet:
    """A legal hold on bundles, or its release. ``entries`` are the log's, one for each bundle."""

    hold: str
    why: str
    released: bool
    bundles: tuple[BundleRow, ...]
    entries: tuple[int, ...]


@dataclass(frozen=True)
class VaultExpired:
    """What expiry destroyed, or would (``dry_run``); ``held`` is due and kept by a hold; ``next_due`` is a time."""

    place: str
    destroyed: tuple[BundleRow, ...]
    held: tuple[BundleRow, ...]
    next_due: str
    dry_run: bool


@dataclass(frozen=True)
class PolicyShown:
    """How long each class is kept. ``entry`` is the number of the entry that set it just now, 0 where none did."""

    place: str
    periods: tuple[KeepPeriod, ...]
    zone_minutes: int
    entry: int = 0


@dataclass(frozen=True)
class KeysListed:
    """Keys of a vault: all of them, or those that a command made or changed. ``done`` says what (``""``: listed)."""

    place: str
    keys: tuple[VaultKey, ...]
    done: Literal["", "new", "added", "rotated", "retired", "passphrase"] = ""


@dataclass(frozen=True)
class LogEntry:
    """An entry of the log. ``object`` is the SM3 digest of what it was done to; ``detail`` is canonical JSON."""

    sequence: int
    at: str
    who: str
    what: str
    result: str
    object: str
    detail: str
    digest: str


@dataclass(frozen=True)
class LogShown:
    """Entries of a log, oldest first; ``left_out`` is how many before them are not shown.

    ``fault`` is the first place where the log is not as it was written: what stands behind it is not shown.
    """

    place: str
    log_id: str
    entries: tuple[LogEntry, ...]
    left_out: int = 0
    fault: LogFault | None = None


@dataclass(frozen=True)
class MaskCounts:
    """What masking did.

    ``masked`` counts values by kind, ``dropped`` lines by the reason for which they could not be masked; ``repeated``
    counts JSON objects that held a key twice. ``key_id`` is that of the masking key. ``rules`` names the rules.
    """

    rules: tuple[str, ...]
    key_id: str
    lines: int = 0
    json: int = 0
    text: int = 0
    repeated: int = 0
    masked: Mapping[str, int] = field(default_factory=dict)
    dropped: Mapping[str, int] = field(default_factory=dict)
