"""Which rule a field has: the rules' paths as states, so that each key of each line costs one look into a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from goxray.vault.mask.rules import Field, Rules

_KEPT = 1 << 12
_LENGTH = 64
_PLANS, _PLANNED = 1 << 9, 64


@dataclass
class State:
    """Paths that fit so far: the number of each and how many of its parts did; and the keys that came here before."""

    fitting: frozenset[tuple[int, int]]
    known: dict[str, Step] = field(default_factory=dict)
    plans: dict[tuple[str, ...], Plan] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """What a key leads to: the state below it, its rule if it has one, and the key as it is written."""

    below: State
    field: Field | None
    name: str


@dataclass(frozen=True)
class Plan:
    """What is done with objects that have certain keys, none of which is masked.

    ``dropped`` are keys and the kinds of their rules; ``kept`` are the others, each with its rule, if it has one that
    masks or keeps, and the state below it.
    """

    dropped: tuple[tuple[str, str], ...]
    kept: tuple[tuple[str, Field | None, State], ...]


class Paths:
    """Follows keys from the root of a document; ``mask`` masks the text of a key."""

    def __init__(self, rules: Rules, mask: Callable[[str], str]) -> None:
        self._rules = rules
        self._mask = mask
        self._states: dict[frozenset[tuple[int, int]], State] = {}
        self.root = self._state(frozenset((index, 0) for index in range(len(rules.paths))))

    def step(self, state: State, key: str) -> Step:
        """Return what a key leads to that was not kept; a rule by path comes before one by name.

        A masked key is not kept: each time it comes it is to be counted.
        """
        below: set[tuple[int, int]] = set()
        ended: list[int] = []
        for index, fitted in state.fitting:
            parts = self._rules.paths[index][0]
            if parts[fitted] not in ("*", key):
                continue
            if fitted + 1 == len(parts):
                ended.append(index)
            else:
                below.add((index, fitted + 1))
        rule = self._rules.paths[min(ended)][1] if ended else self._rules.named(key)
        name = self._mask(key)
        made = Step(self._state(frozenset(below)), rule, name)
        if name == key and len(key) <= _LENGTH:
            if len(state.known) >= _KEPT:
                state.known.clear()
            state.known[key] = made
        return made

    def plan(self, state: State, keys: tuple[str, ...]) -> Plan | None:
        """Return what is done with objects of these keys, in their order; None where a key is masked, or are too many.

        It is kept: objects in a log have the same keys again and again.
        """
        if len(keys) > _PLANNED:
            return None
        dropped, kept = [], []
        for key in keys:
            step = state.known.get(key) or self.step(state, key)
            if step.name != key:
                return None
            if step.field is not None and step.field.action == "drop":
                dropped.append((key, step.field.kind))
            else:
                found = step.field is None or step.field.action == "detect"
                kept.append((key, None if found else step.field, step.below))
        if len(state.plans) >= _PLANS:
            state.plans.clear()
        plan = state.plans[keys] = Plan(tuple(dropped), tuple(kept))
        return plan

    def _state(self, fitting: frozenset[tuple[int, int]]) -> State:
        return self._states.setdefault(fitting, State(fitting))
