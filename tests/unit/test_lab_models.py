"""The model beside the measurement: figures by Go's rules, worked out by hand; no crash on what it does not know."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from goxray.core.errors import UsageError
from goxray.lab.experiment import Experiment, ModelValue
from goxray.lab.models import predicted, predictions
from goxray.lab.observed import Key
from goxray.lab.reading import read
from tests.harness.made_observed import between, claim, experiment


def modelled(*models: ModelValue, arms: tuple[str, ...] = ("main",)) -> Experiment:
    return replace(experiment(claim(between("n", 0, 1)), arms=arms), models=models)


HINTED = ModelValue("n", "map[int64]int64", "bytes", hint=1000)
# 2^8 buckets of 144 bytes and 16 spare ones: 39,168 bytes, 5 pages; hmap 48, mapextra 24.
CLASSIC = 5 * 8192 + 48 + 24
# Two tables of 128 groups of 136 bytes, in spans of 18,432; their structs 32 each, two pointers to them, Map 48.
SWISS = 2 * (18432 + 32) + 16 + 48


@pytest.mark.parametrize(("version", "wanted"), [("1.21.13", CLASSIC), ("1.23.9", CLASSIC), ("1.24.11", SWISS)])
def test_a_hint_costs_what_the_rules_say(version: str, wanted: int) -> None:
    assert predicted(modelled(HINTED), version) == {Key("main", "", "n"): wanted}


def test_steps_are_lived_through() -> None:
    grown = ModelValue("n", "map[int64]int64", "entries", steps=("i1000", "d400", "i10"))
    emptied = ModelValue("m", "map[string]*T", "entries", steps=("i1000", "c"))
    found = predicted(modelled(grown, emptied), "1.24.11")
    assert found == {Key("main", "", "n"): 610, Key("main", "", "m"): 0}


def test_columns_of_a_kind_of_map_are_figures_too() -> None:
    # 100 entries: 7 to 13 an average bucket means 16 buckets, B = 4, with Go 1.23's 6.5 entries a bucket.
    wanted = ModelValue("b", "map[int64]int64", "B", hint=100)
    found, notes = predictions(modelled(wanted), "1.23.9")
    assert found == {Key("main", "", "b"): 4} and not notes


def test_a_figure_without_an_arm_is_that_of_each() -> None:
    found = predicted(modelled(HINTED, arms=("a", "b")), "1.23.9")
    assert set(found) == {Key("a", "", "n"), Key("b", "", "n")}
    assert set(predicted(modelled(replace(HINTED, arm="b", case="x"), arms=("a", "b")), "1.23.9")) == {
        Key("b", "x", "n")
    }


@pytest.mark.parametrize("version", ["1.23.9", "1.27.3"])
def test_the_model_of_the_collector_counts_cycles(version: str) -> None:
    cycles = ModelValue("cycles", "", "num_gc", gc="gogc off; alloc garbage 1000 x 64B; gc; gc; gc")
    assert predicted(modelled(cycles), version) == {Key("main", "", "cycles"): 3}


@pytest.mark.parametrize(
    "wrong",
    [
        replace(HINTED, map="map[func()]int"),
        replace(HINTED, map="[]int"),
        replace(HINTED, map="map[foo"),
        replace(HINTED, map="map[string]unknown.Type"),
        replace(HINTED, figure="beauty"),
        replace(HINTED, figure="kind"),
        replace(HINTED, steps=("x5",)),
        replace(HINTED, steps=("i5", "d6")),
        replace(HINTED, steps=("i99999999",)),
        ModelValue("n", "", "num_gc", gc="alloc nonsense"),
        ModelValue("n", "", "beauty", gc="gc"),
    ],
    ids=lambda each: f"{each.map or each.gc}-{each.figure}-{'-'.join(each.steps)}",
)
def test_what_the_model_does_not_know_is_left_out_with_a_note(wrong: ModelValue) -> None:
    found, notes = predictions(modelled(wrong, replace(HINTED, measure="other")), "1.23.9")
    assert found == {Key("main", "", "other"): CLASSIC}
    assert len(notes) == 1 and notes[0].startswith("no model of n: ")


def test_a_version_that_nobody_has_verified_has_no_prediction() -> None:
    found, notes = predictions(modelled(HINTED), "1.99.1")
    assert found == {} and len(notes) == 1


CLAIM = """
id = "{name}"
topic = "map-gc"
title.en = "t"
title.zh = "题"
about.en = "a"
about.zh = "述"

[run]

[[model]]
measure = "cycles"
figure = "num_gc"
{model}

[[claim]]
id = "T000-01"
section = "1"
text.en = "c"
text.zh = "说"
refuted_by.en = "r"
refuted_by.zh = "驳"
predicate = [{{ kind = "equals", measure = "cycles", value = 2 }}]
"""


def written(folder: Path, model: str) -> Path:
    folder.mkdir()
    (folder / "claim.toml").write_text(CLAIM.format(name=folder.name, model=model))
    return folder


def test_a_scenario_takes_the_place_of_the_map(tmp_path: Path) -> None:
    made = read(written(tmp_path / "collected", 'gc = "gc; gc"'))
    assert predicted(made, "1.24.11") == {Key("main", "", "cycles"): 2}


def test_a_model_needs_a_map_or_a_scenario(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="map is missing"):
        read(written(tmp_path / "nothing", ""))
