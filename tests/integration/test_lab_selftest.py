"""Experiments whose truth is known run like any other, and the lab finds it: true, false, noise, trouble of all kinds.

What is expected stands here alone: neither the experiments nor their programs say it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from goxray import api_lab
from goxray.core.lab_result import LabResult, VersionVerdict

PLANTED = Path(__file__).parents[1] / "programs" / "lab"
NAMES = ("planted-figures", "planted-noise", "planted-trouble", "planted-unbuilt")
OLD, NEW = "1.23.9", "1.24.11"

EVERYWHERE = {
    "T900-01": ("SUPPORTED", None),
    "T900-02": ("REFUTED", None),
    "T900-03": ("CONDITIONAL", None),
    "T900-05": ("SUPPORTED", None),
    "T900-06": ("INCONCLUSIVE", "noise"),
    "T900-07": ("INCONCLUSIVE", "check-failed"),
    "T900-08": ("SUPPORTED", None),
    "T900-10": ("SUPPORTED", None),
    "T900-11": ("REFUTED", None),
    "T900-12": ("SUPPORTED", None),
    "T900-13": ("INCONCLUSIVE", "not-measured"),
    "T900-14": ("SUPPORTED", None),
    "T901-01": ("SUPPORTED", None),
    "T901-02": ("REFUTED", None),
    "T901-03": ("INCONCLUSIVE", "noise"),
    "T901-04": ("INCONCLUSIVE", "noise"),
    "T902-01": ("SUPPORTED", None),
    "T902-02": ("INCONCLUSIVE", "crashed"),
    "T902-03": ("INCONCLUSIVE", "timed-out"),
    "T902-04": ("INCONCLUSIVE", "not-measured"),
    "T902-05": ("SUPPORTED", None),
    "T903-01": ("INCONCLUSIVE", "build-failed"),
    "T903-02": ("REFUTED", None),
}
BY_VERSION = {
    "T900-04": {OLD: "REFUTED", NEW: "SUPPORTED"},
    "T900-09": {OLD: "SUPPORTED", NEW: "REFUTED"},
}


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> LabResult:
    return api_lab.run(
        NAMES, go=(OLD, NEW), mode="quick", folders=[PLANTED], results=tmp_path_factory.mktemp("results"), seed=1
    )


def verdict(result: LabResult, claim: str, version: str) -> VersionVerdict:
    (found,) = [each for each in result.verdicts if (each.claim, each.go_version) == (claim, version)]
    return found


@pytest.mark.parametrize("version", [OLD, NEW])
def test_each_planted_claim_gets_its_verdict(result: LabResult, version: str) -> None:
    found = {claim: verdict(result, claim, version) for claim in EVERYWHERE}
    wrong = {
        claim: f"{each.verdict} {each.reason} {each.detail} {each.deciding}"
        for claim, each in found.items()
        if (each.verdict, each.reason) != EVERYWHERE[claim]
    }
    assert not wrong


@pytest.mark.parametrize("claim", sorted(BY_VERSION))
def test_what_holds_on_one_version_only_is_conditional_on_it(result: LabResult, claim: str) -> None:
    assert {version: verdict(result, claim, version).verdict for version in (OLD, NEW)} == BY_VERSION[claim]
    (overall,) = [each for each in result.overall if each.claim == claim]
    holding = [version for version, came in BY_VERSION[claim].items() if came == "SUPPORTED"]
    assert (overall.verdict, list(overall.holds_on)) == ("CONDITIONAL", holding)


def test_no_claim_is_left_out(result: LabResult) -> None:
    assert {each.claim for each in result.verdicts} == {*EVERYWHERE, *BY_VERSION}
    assert len(result.verdicts) == 2 * len(EVERYWHERE | dict.fromkeys(BY_VERSION))
    assert {each.id for each in result.claims} == {*EVERYWHERE, *BY_VERSION}


def test_a_condition_names_the_cases(result: LabResult) -> None:
    found = verdict(result, "T900-03", OLD)
    assert (found.condition, set(found.otherwise)) == (("int64",), {"int16", "int32"})


def test_a_part_is_marked_and_a_crash_is_told(result: LabResult) -> None:
    assert verdict(result, "T900-12", NEW).part_only
    assert not verdict(result, "T900-01", NEW).part_only
    assert "on purpose" in verdict(result, "T902-02", NEW).detail
    assert "noSuchFunction" in verdict(result, "T903-01", NEW).detail


def test_what_decided_is_told(result: LabResult) -> None:
    methods = {claim: verdict(result, claim, NEW).method for claim in ("T900-01", "T900-09", "T900-11", "T900-14")}
    assert methods == {"T900-01": "run", "T900-09": "source", "T900-11": "build", "T900-14": "source"}
    deciding = verdict(result, "T901-01", NEW).deciding
    assert deciding is not None and deciding.unit == "x"
    assert 1 < deciding.low < 1.1 < deciding.high < 1.33
