"""How long each class of evidence is kept: shown, and set."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from goxray.core.errors import BadLog, UsageError
from goxray.core.vault_result import KeepPeriod, PolicyShown
from goxray.vault import expiry, retention
from goxray.vault.custody.people import Ask, whoever
from goxray.vault.custody.refusals import told
from goxray.vault.custody.vaults import Vault, open_vault
from goxray.vault.retention import Period, Policy, State

DEFAULT = "default"
"""The class of everything that has no other."""

_CLASS = re.compile(r"[a-z0-9-]{1,64}")
_PERIOD = re.compile(r"(?:([0-9]{1,4})y)?(?:([0-9]{1,5})m)?(?:([0-9]{1,6})d)?")
_HINT = "months of the calendar: audit=12m, incident=3y, default=6m10d"


def policy(
    place: Path | None, changes: Sequence[str] = (), *, ask: Ask | None = None, key: str = "", who: str = ""
) -> PolicyShown:
    """Return how long each class is kept, after changes if there are any. See ``goxray.api_vault.policy``."""
    vault = open_vault(place)
    if not changes:
        return _shown(vault, current(vault).policy, 0)
    changed(Policy(), changes)
    if ask is None:
        raise UsageError("a policy is signed: somebody has to be asked for a passphrase")
    own, who = vault.own(key), who or whoever()
    with told(vault, who, retention.POLICY), vault.unlocked(own, ask) as private, vault.store.locked():
        state = current(vault)
        expiry.check_counts(state, own.key_id)
        new = changed(state.policy, changes)
        made = vault.log(private).append(retention.policy_event(who, new), sign=True)
    return _shown(vault, new, made.line.entry.sequence)


def current(vault: Vault) -> State:
    """Return what the log tells, and with it the policy that counts.

    Raises:
        BadLog: The log was changed.
    """
    state, report = expiry.state_of(vault.store.room("log"), vault.trusted(), vault.store.id)
    if not report.good:
        raise BadLog(
            f"the log is not whole, and the policy stands in it: {report.faults[0].words}",
            hint="`goxray vault log verify` shows all of it",
        )
    return state


def changed(policy: Policy, changes: Sequence[str]) -> Policy:
    """Return a policy with other periods: ``class=12m``, ``3y``, ``6m10d``, ``200d``; ``default`` is every other class.

    Raises:
        UsageError: A change is none, a class is there twice, or a period falls short of six calendar months.
    """
    classes, default, seen = dict(policy.classes), policy.default, set[str]()
    for change in changes:
        name, equals, text = change.partition("=")
        if not equals or _CLASS.fullmatch(name) is None:
            raise UsageError(f"{change!r} is no class and its period", hint=_HINT)
        if name in seen:
            raise UsageError(f"the class {name} is there twice")
        seen.add(name)
        if name == DEFAULT:
            default = parse(text)
        else:
            classes[name] = parse(text)
    return Policy(classes, default, policy.zone_minutes)


def parse(text: str) -> Period:
    """Return the period that a text gives: years, months, days, each once, in this order.

    Raises:
        UsageError: It gives none.
    """
    matched = _PERIOD.fullmatch(text)
    if not text or matched is None:
        raise UsageError(f"{text!r} is no period", hint=_HINT)
    years, months, days = (int(part or 0) for part in matched.groups())
    return Period(12 * years + months, days)


def periods(policy: Policy) -> tuple[KeepPeriod, ...]:
    """Return what results tell of a policy: its classes by name, and last the default."""
    named = [(name, policy.classes[name]) for name in sorted(policy.classes)]
    return tuple(KeepPeriod(name, each.months, each.days) for name, each in [*named, (DEFAULT, policy.default)])


def _shown(vault: Vault, policy: Policy, entry: int) -> PolicyShown:
    return PolicyShown(str(vault.place), periods(policy), policy.zone_minutes, entry)
