"""How long evidence is kept: classes, calendar months, legal holds; what is due is computed from the log alone.

**Months are counted by the calendar.** The Cybersecurity Law of China (2016, article 21) wants network logs kept for
no less than six months; the Civil Code (articles 200 to 203) counts: the day of the event itself is not counted, a
period of months ends with the day of the same number in the last month, or with that month's last day where it has no
such day, and that day ends at 24:00. So what was sealed on 31 August may be destroyed when February has ended, not
before. 180 days are never six months (six months are 181 to 184 days), which is why days are only taken where they
are enough for any start. A last day that is a public holiday moves to the next working day by article 203; keeping a
class a month longer covers it.

Days begin at midnight of one fixed zone (China's, UTC+8, unless the policy says otherwise).

**Everything is an entry of the log.** ``seal`` entries name object, class and id; ``retention-policy`` entries are
the policies, the last one before counts; a later, longer policy lengthens what is still kept, a shorter one touches
only what is sealed after it. ``hold`` and ``release`` entries are legal holds, by name: an object is held while one
of its holds is not released. A hold wins over every period.

**What takes protection away is signed.** Whoever can write to the log's file and knows its format can add an entry, but
not the signed head behind it. So a policy, a release and a word for the clock (``SIGNED``) count only where the entry
that follows at once is a head over them by a trusted key; a hold counts as it stands. That a key lies in the vault
does not make it one: the log must vouch for it in the same way (``goxray.vault.key_deeds``).
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache

from goxray.core.errors import UsageError
from goxray.vault import canonical, key_deeds, signed, store
from goxray.vault.canonical import Json
from goxray.vault.key_deeds import KeyDeeds
from goxray.vault.log.chain import HEAD_KIND
from goxray.vault.log.entry import CLOCK_ACCEPTED, HEAD, Entry, Event, whole
from goxray.vault.log.export import point_of
from goxray.vault.signed import Verifier

SEAL, HOLD, RELEASE, POLICY, DUE, TOMBSTONE = "seal", "hold", "release", "retention-policy", "expiry-begun", "tombstone"

SIGNED = frozenset({RELEASE, POLICY, CLOCK_ACCEPTED})
"""What counts only under a signed head of its own."""

TOMBSTONE_KIND = "tombstone"
"""The kind of a tombstone's signed document."""

LEAST_MONTHS = 6
MOST_MONTHS = 1200
ZONE_MINUTES = 480

_SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time: calendar months, and days after them."""

    months: int = LEAST_MONTHS
    days: int = 0

    def __post_init__(self) -> None:
        if not (0 <= self.months <= MOST_MONTHS and 0 <= self.days <= 31 * MOST_MONTHS and self.months + self.days):
            raise UsageError(f"no period of {self.months} months and {self.days} days: at most {MOST_MONTHS} months")

    def last_day(self, start: date) -> date:
        """Return the last day of the period that is counted from an event on the day ``start``."""
        return add_months(start, self.months) + timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Policy:
    """How long each class of evidence is kept; a class that is not named is kept for ``default``.

    ``zone_minutes`` is how far the clock by which days are counted is ahead of UTC.

    Raises:
        UsageError: A period falls short of six calendar months for some day on which it may begin.
    """

    classes: Mapping[str, Period] = field(default_factory=dict)
    default: Period = field(default_factory=Period)
    zone_minutes: int = ZONE_MINUTES

    def __post_init__(self) -> None:
        if not -14 * 60 <= self.zone_minutes <= 14 * 60:
            raise UsageError(f"no clock is {self.zone_minutes} minutes away from UTC")
        for name, period in {"default": self.default, **self.classes}.items():
            short = falls_short(period)
            if short is not None:
                lasts = (period.last_day(short) - short).days
                least = (add_months(short, LEAST_MONTHS) - short).days
                raise UsageError(
                    f"the class {name} falls short of {LEAST_MONTHS} calendar months: "
                    f"from {short} it lasts {lasts} days, and {least} are needed",
                    hint="give months instead of days",
                )

    def keep_until(self, kind: str, sealed_ns: int) -> int:
        """Return the Unix time, in nanoseconds, from which evidence of a class may be destroyed: a midnight."""
        zone = timezone(timedelta(minutes=self.zone_minutes))
        start = datetime.fromtimestamp(sealed_ns // _SECOND, UTC).astimezone(zone).date()
        after = self.classes.get(kind, self.default).last_day(start) + timedelta(days=1)
        return int(datetime(after.year, after.month, after.day, tzinfo=zone).timestamp()) * _SECOND

    def detail(self) -> dict[str, Json]:
        """Return the policy as the detail of a log entry."""
        named: dict[str, Json] = {name: _period_json(period) for name, period in self.classes.items()}
        return {"classes": named, "default": _period_json(self.default), "zone_minutes": self.zone_minutes}


@dataclass(slots=True)
class Kept:
    """One piece of evidence, as the log tells it.

    ``id`` is the bundle's; ``sequence`` that of the entry that sealed it; ``due_ns`` the time from which it may be
    destroyed; ``holds`` the names of holds that are not released. ``begun`` and ``tombstone`` are the entries of its
    expiry, if it has come so far.
    """

    id: str
    kind: str
    digest: str
    sequence: int
    sealed_ns: int
    due_ns: int
    holds: set[str] = field(default_factory=set)
    begun: Entry | None = None
    tombstone: Entry | None = None

    def may_go(self, now_ns: int) -> bool:
        """Say whether it may be destroyed at a time."""
        return self.tombstone is None and not self.holds and now_ns >= self.due_ns


class State:
    """What the vault should hold, from the log's entries in their order; ``wrong`` tells of entries without sense.

    ``accepted`` are the numbers of entries before which somebody vouches for a step of the clock; ``keys`` is what the
    entries tell of keys, and which of these count.

    Args:
        keys: The public keys that are trusted, by id, to hold what must be signed against; None takes it unsigned.
        named: Whether these are trusted by themselves, as an auditor names them, and not because they are in the vault.
    """

    def __init__(self, keys: Mapping[str, Verifier] | None = None, *, named: bool = False) -> None:
        self.kept: dict[str, Kept] = {}
        self.policy = Policy()
        self.wrong: list[tuple[int, str]] = []
        self.accepted: set[int] = set()
        self.keys = KeyDeeds()
        self._keys = keys
        self._named = named
        self._waiting: Entry | None = None
        self._cut_off: dict[bytes, int] = {}

    @property
    def counting(self) -> Mapping[str, Verifier]:
        """The keys whose signatures take protection away, as far as the log has come; all, where it tells of none."""
        keys, let_in = self._keys or {}, self.keys.counting
        return keys if self._named or not let_in else {each: keys[each] for each in let_in if each in keys}

    def take(self, entry: Entry) -> None:
        """Take the next entry in."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self._decided(waiting, self._keys is not None and _is_head_of(entry, waiting, self.counting))
        what = entry.event.what
        if entry.event.result != "ok":
            return
        if what.startswith(key_deeds.PREFIX):
            self.keys.tell(entry.event)
        if (what in SIGNED or what.startswith(key_deeds.PREFIX)) and self._keys is not None:
            self._waiting = entry
        else:
            self._apply(entry)

    def _decided(self, entry: Entry, is_signed: bool) -> None:
        """Let an entry count, or not, by what followed it."""
        is_of_key = entry.event.what.startswith(key_deeds.PREFIX)
        if is_of_key and is_signed:
            self.keys.vouch(entry.event)
        elif is_signed:
            self._apply(entry)
            self._forgive(entry)
        elif not is_of_key:
            self._unsigned(entry)

    def end(self) -> None:
        """Say that no entry follows."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self._decided(waiting, False)

    def _unsigned(self, entry: Entry) -> None:
        number, what = entry.sequence, entry.event.what
        words = f"entry {number} ({what}) does not count: no head behind it is signed by a trusted key"
        self.wrong.append((number, words))
        self._cut_off[_core(entry.event)] = number

    def _forgive(self, entry: Entry) -> None:
        """Drop what was said of a deed that was cut off before its head, and was done again."""
        number = self._cut_off.pop(_core(entry.event), 0)
        self.wrong = [each for each in self.wrong if each[0] != number]

    def _apply(self, entry: Entry) -> None:
        event = entry.event
        try:
            if event.what == POLICY:
                self._policy(policy_of(event.detail))
            elif event.what == CLOCK_ACCEPTED:
                self._clock(entry)
            elif event.what == SEAL:
                self._seal(entry)
            elif event.what in (HOLD, RELEASE):
                self._hold(event)
            elif event.what in (DUE, TOMBSTONE):
                self._end(entry)
        except (UsageError, ValueError) as error:
            self.wrong.append((entry.sequence, f"entry {entry.sequence} ({event.what}): {error}"))

    def _clock(self, entry: Entry) -> None:
        number = whole(entry.event.detail.get("sequence"))
        if number > entry.sequence:
            raise ValueError(f"entry {number} was not there yet")
        self.accepted.add(number)

    def _policy(self, policy: Policy) -> None:
        self.policy = policy
        for kept in self.kept.values():
            if kept.tombstone is None:
                kept.due_ns = max(kept.due_ns, policy.keep_until(kept.kind, kept.sealed_ns))

    def _seal(self, entry: Entry) -> None:
        name, kind = store.checked_name(_text(entry.event, "id")), _text(entry.event, "class")
        if name in self.kept:
            raise ValueError(f"{name} was sealed before")
        due_ns = self.policy.keep_until(kind, entry.at.wall_ns)
        self.kept[name] = Kept(name, kind, entry.event.object, entry.sequence, entry.at.wall_ns, due_ns)

    def _hold(self, event: Event) -> None:
        kept, hold = self._of(event), _text(event, "hold")
        if event.what == HOLD:
            if kept.tombstone is not None:
                raise ValueError(f"{kept.id} is destroyed already")
            kept.holds.add(hold)
        elif hold in kept.holds:
            kept.holds.remove(hold)
        else:
            raise ValueError(f"{kept.id} has no hold {hold}")

    def _end(self, entry: Entry) -> None:
        kept = self._of(entry.event)
        if entry.event.what == DUE:
            kept.begun = entry
        elif self._keys is not None and not is_tombstone(entry, kept, self.counting):
            return  # else who has no key could end a bundle that is there; the verifier of expiry tells of it
        elif kept.tombstone is None:
            kept.tombstone = entry
        else:
            raise ValueError(f"{kept.id} has a tombstone already")

    def _of(self, event: Event) -> Kept:
        name = _text(event, "id")
        if name not in self.kept:
            raise ValueError(f"{name} was never sealed")
        return self.kept[name]


def _core(event: Event) -> bytes:
    """Return what a deed changes, without the words for it."""
    told: dict[str, Json] = {key: value for key, value in event.detail.items() if key not in ("why", "step")}
    return canonical.encode({"detail": told, "what": event.what})


def _is_head_of(entry: Entry, before: Entry, keys: Mapping[str, Verifier]) -> bool:
    """Say whether an entry is a head, signed by a trusted key, over the entry before it."""
    document = entry.event.detail.get("head")
    if entry.event.what != HEAD or entry.sequence != before.sequence + 1:
        return False
    try:
        point = point_of(document)[1]
        over = (point.sequence, point.digest) == (before.sequence, entry.previous)
        return over and signed.is_good(HEAD_KIND, document, keys)
    except ValueError:
        return False


def is_tombstone(entry: Entry, kept: Kept, keys: Mapping[str, Verifier]) -> bool:
    """Say whether an entry holds a tombstone of this very bundle, signed by a trusted key."""
    document = entry.event.detail.get("tombstone")
    try:
        payload = signed.payload_of(document)
        same = payload.get("id") == kept.id and payload.get("object") == kept.digest == entry.event.object
        return same and signed.is_good(TOMBSTONE_KIND, document, keys)
    except ValueError:
        return False


def add_months(start: date, months: int) -> date:
    """Return the day with the same number so many months later, or that month's last where it has no such day."""
    total = start.year * 12 + start.month - 1 + months
    year, month = divmod(total, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


@lru_cache(maxsize=256)
def falls_short(period: Period) -> date | None:
    """Return a day from which the period is shorter than six calendar months, or None where there is none.

    Four years, one of them a leap year, hold every succession of months that a longer or shorter February can make.
    """
    first = date(2024, 1, 1)
    for number in range(4 * 365 + 1):
        start = first + timedelta(days=number)
        if period.last_day(start) < add_months(start, LEAST_MONTHS):
            return start
    return None


def seal_event(who: str, name: str, kind: str, digest: str, *, body: str = "", adopted: bool = False) -> Event:
    """Return the event that begins the keeping of a bundle: its id, its class and the digest of its front.

    ``body`` is the digest of its body, in hex. ``adopted`` says that an earlier run, which was cut off, sealed it.
    """
    detail: dict[str, Json] = {"class": kind, "id": name}
    if body:
        detail["body"] = body
    if adopted:
        detail["adopted"] = True
    return Event(who, SEAL, "ok", digest, detail)


def hold_event(who: str, name: str, hold: str, why: str, *, release: bool = False) -> Event:
    """Return the event of a legal hold on a bundle, or of its release."""
    if not hold or not why:
        raise UsageError("a hold needs a name and a reason")
    return Event(who, RELEASE if release else HOLD, detail={"hold": hold, "id": name, "why": why})


def policy_event(who: str, policy: Policy) -> Event:
    """Return the event that sets a policy."""
    return Event(who, POLICY, detail=policy.detail())


def policy_of(detail: Mapping[str, Json]) -> Policy:
    """Return the policy that an entry's detail holds.

    Raises:
        ValueError: It holds none.
        UsageError: It falls short.
    """
    classes, zone = detail.get("classes"), detail.get("zone_minutes")
    if not isinstance(classes, dict) or not isinstance(zone, int):
        raise ValueError("no policy")
    return Policy({name: _period_of(each) for name, each in classes.items()}, _period_of(detail.get("default")), zone)


def _period_json(period: Period) -> Json:
    return {"days": period.days, "months": period.months}


def _period_of(value: Json) -> Period:
    if not isinstance(value, dict) or value.keys() != {"days", "months"}:
        raise ValueError("no period")
    return Period(whole(value["months"]), whole(value["days"]))


def _text(event: Event, key: str) -> str:
    value = event.detail.get(key)
    if not isinstance(value, str) or not value:
        raise ValueError(f"it does not say its {key}")
    return value
