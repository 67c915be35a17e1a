"""The vault's log: shown, verified, exported, and a step of the clock vouched for. Only the last one writes."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

from goxray.core.errors import BadKey, BadLog, BadVault, UsageError
from goxray.core.vault_result import ClockStep, LogEntry, LogFault, LogShown, LogVerified
from goxray.vault import canonical, clock, expiry, store
from goxray.vault.canonical import Json
from goxray.vault.custody import keyring
from goxray.vault.custody.people import Ask, whoever
from goxray.vault.custody.refusals import told
from goxray.vault.custody.vaults import Vault, moment, open_vault
from goxray.vault.log.entry import CLOCK_ACCEPTED, Event, Line
from goxray.vault.log.export import MAX_ANCHOR, Anchor, read
from goxray.vault.log.verify import Report, verify
from goxray.vault.log.walk import Fault, Placed
from goxray.vault.retention import State
from goxray.vault.signed import Verifier

_SECOND = 1_000_000_000
_WHY_MOST = 2000


def log_show(place: Path | None = None, *, last: int = 0) -> LogShown:
    """Return the log's entries up to its first fault, or the last ones of them. See ``goxray.api_vault.log_show``.

    The chain is looked at, signatures are not: that is what ``log_verify`` does.
    """
    if last < 0:
        raise UsageError(f"no {last} entries: how many of the last ones is a number from 1")
    vault = open_vault(place)
    report, lines, count = _entries(vault, last, None)
    fault = report.faults[0] if report.faults else None
    if fault is not None:
        report, lines, count = _entries(vault, last, fault.start)
    shown = tuple(log_entry(line) for line in lines)
    return LogShown(str(vault.place), vault.store.id, shown, count - len(shown), fault_row(fault) if fault else None)


def _entries(vault: Vault, last: int, end: int | None) -> tuple[Report, Sequence[Line], int]:
    """Return the last entries, or all, of those whose lines end before a byte, and how many of those there are."""
    lines: deque[Line] = deque(maxlen=last or None)
    count = 0

    def take(placed: Placed) -> None:
        nonlocal count
        if end is None or placed.end <= end:
            lines.append(placed.line)
            count += 1

    report = verify(vault.store.room("log"), log_id=vault.store.id, each=take)
    return report, lines, count


def log_verify(place: Path | None = None, *, trust: Sequence[str] = (), anchors: Sequence[Path] = ()) -> LogVerified:
    """Verify the log alone. See ``goxray.api_vault.log_verify``."""
    vault = open_vault(place)
    points = read_anchors(anchors)
    state, report = checked(vault, keyring.trusted(vault, trust), points, named=bool(trust))
    return log_verified(report, state, points)


def checked(
    vault: Vault, keys: Mapping[str, Verifier], anchors: Sequence[Anchor] = (), *, named: bool = False
) -> tuple[State, Report]:
    """Verify a vault's log; return what it says should be kept, and what it is found to be.

    Without keys only the chain is verified, which is quick, and what must be signed is held against the vault's keys,
    or taken as it stands where these cannot be read. ``named`` is that of ``State``.
    """
    place, known = vault.store.room("log"), vault.store.id
    return expiry.state_of(place, keys, known, anchors, state=State(keys or _keys(vault), named=named))


def _keys(vault: Vault) -> Mapping[str, Verifier] | None:
    try:
        return vault.trusted()
    except (BadKey, OSError):
        return None


def log_verified(report: Report, state: State, anchors: Sequence[Anchor] = ()) -> LogVerified:
    """Return what results tell of a log. A step of the clock is accepted where a signed entry says so."""
    return LogVerified(
        log_id=report.log_id,
        entries=report.entries,
        last_at=moment(report.last.entry.at.wall_ns) if report.last is not None else "",
        covered=report.covered,
        heads=len(report.heads),
        unknown_keys=report.unknown_keys,
        faults=tuple(fault_row(fault) for fault in report.faults),
        torn=len(report.torn),
        steps=tuple(
            ClockStep(each.sequence, each.step.by_ns / _SECOND, each.step.certain, each.sequence in state.accepted)
            for each in report.steps
        ),
        marks_lost=report.marks_lost,
        anchors_met=report.met,
        anchors_given=sum(len(anchor.points) for anchor in anchors),
    )


def fault_row(fault: Fault) -> LogFault:
    """Return what results tell of a fault."""
    return LogFault(fault.kind, fault.first, fault.start, fault.words, fault.last, fault.end)


def read_anchors(files: Sequence[Path]) -> tuple[Anchor, ...]:
    """Read exported heads.

    Raises:
        UsageError: A file cannot be read.
        BadLog: One holds no anchor.
    """
    found = []
    for file in files:
        try:
            found.append(read(store.read(file, MAX_ANCHOR)))
        except OSError as error:
            raise UsageError(f"cannot read {file}: {error.strerror}") from None
        except BadLog as error:
            raise BadLog(f"{file}: {error}", hint="`goxray vault log export` makes one") from None
        except BadVault as error:
            raise BadLog(str(error)) from None
    return tuple(found)


def log_export(place: Path | None = None) -> bytes:
    """Return the log's signed heads and its end. See ``goxray.api_vault.log_export``."""
    vault = open_vault(place)
    return verify(vault.store.room("log"), log_id=vault.store.id, keys=vault.trusted()).anchor()


def log_accept_clock(place: Path | None, entry: int, why: str, *, ask: Ask, key: str = "", who: str = "") -> LogEntry:
    """Vouch for the step of the clock before an entry. See ``goxray.api_vault.log_accept_clock``."""
    if not why.strip() or len(why) > _WHY_MOST:
        raise UsageError(f"vouching for the clock needs a reason of 1 to {_WHY_MOST} characters", hint="--why WHY")
    vault, who = open_vault(place), who or whoever()
    own = vault.own(key)
    with (
        told(vault, who, CLOCK_ACCEPTED, detail={"sequence": entry}),
        vault.unlocked(own, ask) as private,
        vault.store.locked(),
    ):
        state, report = checked(vault, vault.trusted())
        step = _step(state, report, entry)
        expiry.check_counts(state, own.key_id)
        detail: dict[str, Json] = {"sequence": entry, "step": step, "why": why}
        made = vault.log(private).append(Event(who, CLOCK_ACCEPTED, detail=detail), sign=True)
    return log_entry(made.line)


def _step(state: State, report: Report, entry: int) -> str:
    """Return the words for the step before an entry that nobody has vouched for so far."""
    if not report.good:
        raise BadLog(f"nobody can vouch for a log that is not whole: {report.faults[0].words}")
    for each in report.steps:
        if each.sequence == entry:
            if entry in state.accepted:
                raise UsageError(f"the step of the clock before entry {entry} is accepted already")
            return str(each.step)
    others = ", ".join(str(each.sequence) for each in report.steps if each.sequence not in state.accepted)
    hint = f"it was before: {others}" if others else "`goxray vault log verify` tells of all steps: there is none"
    raise UsageError(f"the clock was not set before entry {entry}", hint=hint)


def log_entry(line: Line) -> LogEntry:
    """Return what results tell of an entry."""
    entry, event = line.entry, line.entry.event
    return LogEntry(
        sequence=entry.sequence,
        at=clock.text(entry.at.wall_ns)[:19] + "Z",
        who=event.who,
        what=event.what,
        result=event.result,
        object=event.object,
        detail=canonical.encode(dict(event.detail)).decode(),
        digest=line.digest,
    )
