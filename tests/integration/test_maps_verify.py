"""``--verify`` names the map, and the slot where there is one, that a data race or a stray write has broken."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from goxray.core.result import MapsResult
from tests.harness.inspect import command, inspect
from tests.harness.programs import Build
from tests.harness.truth import Damage, Truth, TruthProgram
from tests.harness.variants import CLASSIC, SWISS, Variant, params

UNIT = {"classic": "bucket", "swiss": "group"}


@pytest.fixture(scope="module")
def healthy(variant: Variant) -> tuple[Truth, MapsResult]:
    with TruthProgram(Build(variant)) as program:
        return program.truth, inspect(program.pid, verify=True)


@pytest.fixture(scope="module")
def broken(variant: Variant) -> Iterator[tuple[Truth, MapsResult, TruthProgram]]:
    with TruthProgram(Build(variant), sets=("victims", "reach")) as program:
        damaged = program.tell("corrupt")
        yield damaged, inspect(program.pid, verify=True), program


def test_nothing_is_wrong_with_healthy_maps(healthy: tuple[Truth, MapsResult]) -> None:
    truth, result = healthy
    assert result.faults == []
    assert result.verified_maps is not None and result.verified_maps >= len(truth.maps)


def test_verify_looks_at_maps_after_random_operations(variant: Variant) -> None:
    with TruthProgram(Build(variant), sets=("ops",)) as program:
        for seed in range(4):
            program.tell(f"ops {seed} 4000")
            assert inspect(program.pid, verify=True).faults == []


def said(result: MapsResult, addr: int) -> str:
    return "\n".join(fault.what for fault in result.faults if fault.addr == addr)


def names(damage: Damage, what: str, unit: str) -> bool:
    """Tell whether a fault names the slot, as far as the damage has one."""
    places = ((unit, damage.unit), ("slot|cell", damage.slot))
    return all(re.search(rf"\b(?:{word})\s+{number}\b", what) for word, number in places if number >= 0)


def emptied(damage: Damage) -> bool:
    """Tell whether an entry was lost: its slot then looks like any other free one, only the counts tell."""
    return damage.label.endswith(("marked empty", "marked deleted"))


RULES = {
    "classic": {
        "emptyRest before full cells": "empty-rest",
        "evacuated without growth": "tophash-state",
        "another tophash": "tophash",
        "another key": "tophash",
        "a count too high": "count",
        "a count too low": "count",
        "a bucket that overflows into itself": "overflow-address",
        "a key in the wrong bucket": "wrong-bucket",
    },
    "swiss": {
        "an empty slot marked full": "h2",
        "a control byte that means nothing": "control-byte",
        "another H2": "h2",
        "another key": "h2",
        "two groups exchanged": "probe",
        "a deleted slot in a small map": "small-tombstone",
        "entries too high": "map-used",
        "entries of a small map too low": "map-used",
        "a table's entries": "table-used",
        "growthLeft": "growth-left",
        "a table's index": "directory-table",
        "a table's depth": "table-depth",
        "two tables exchanged": "directory-table",
    },
}
"""Rules that must be told as broken, by the damage. For what a lost entry breaks see ``emptied``."""


def test_the_broken_rule_is_told(broken: tuple[Truth, MapsResult, TruthProgram], variant: Variant) -> None:
    damaged, result, _ = broken
    by_label = {d.label.removeprefix("victim: "): d.addr for d in damaged.damages}
    untold = {
        label: said(result, by_label[label])
        for label, rule in RULES[variant.kind].items()
        if not re.search(rf"^{rule}: ", said(result, by_label[label]), re.MULTILINE)
    }
    assert untold == {}


def test_what_is_broken_is_told_from_what_cannot_be_read(broken: tuple[Truth, MapsResult, TruthProgram]) -> None:
    damaged, result, _ = broken
    violated = {fault.addr for fault in result.faults if fault.violation}
    assert violated == {d.addr for d in damaged.damages}


def test_each_broken_map_is_named(broken: tuple[Truth, MapsResult, TruthProgram]) -> None:
    damaged, result, _ = broken
    assert len(damaged.damages) >= 9
    assert [d.label for d in damaged.damages if not said(result, d.addr)] == []


def test_the_broken_slot_is_named(broken: tuple[Truth, MapsResult, TruthProgram], variant: Variant) -> None:
    damaged, result, _ = broken
    unnamed = {
        d.label: said(result, d.addr)
        for d in damaged.damages
        if d.slot >= 0 and not emptied(d) and not names(d, said(result, d.addr), UNIT[variant.kind])
    }
    assert unnamed == {}


def test_only_broken_maps_are_named(broken: tuple[Truth, MapsResult, TruthProgram]) -> None:
    damaged, result, _ = broken
    assert {fault.addr for fault in result.faults} == {d.addr for d in damaged.damages}


@pytest.mark.parametrize("variant", params((CLASSIC, SWISS)), indirect=True)
def test_the_command_ends_with_status_1(broken: tuple[Truth, MapsResult, TruthProgram]) -> None:
    damaged, _, program = broken
    done = command("maps", str(program.pid), "--verify")
    assert done.status == 1
    assert any(f"{d.addr:#x}" in done.out for d in damaged.damages)
