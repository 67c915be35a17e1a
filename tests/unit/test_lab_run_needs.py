"""What an experiment needs of the kernel is tried for real, and a refusal is a missing tool, not a failed check."""

from __future__ import annotations

import pytest

from goxray.lab import needs
from goxray.lab.catalogue import all_experiments
from goxray.lab.needs import Needs
from goxray.target import toolchains
from goxray.target.toolchains import Toolchain


@pytest.fixture
def toolchain() -> Toolchain:
    found = toolchains.find(toolchains.VERSIONS[-1])
    assert found is not None, "run `make toolchains`"
    return found


def test_a_call_that_the_kernel_refuses_is_told_with_its_reason(
    toolchain: Toolchain, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No kernel has a system call of this number: that is how one without io_uring answers.
    strange = needs._KERNEL_CALLS["io_uring"].replace("425", "99999")
    monkeypatch.setitem(needs._KERNEL_CALLS, "io_uring", strange)
    missing = Needs().missing(("io_uring",), toolchain)
    assert missing == "the kernel does not allow io_uring here: io_uring_setup: function not implemented"


@pytest.mark.parametrize("word", ["io_uring", "perf_event"])
def test_a_kernel_either_has_it_or_refuses_it(toolchain: Toolchain, word: str) -> None:
    missing = Needs().missing((word,), toolchain)
    assert missing == "" or missing.startswith(f"the kernel does not allow {word} here: {word}_")


def test_experiments_that_ask_the_kernel_name_what_they_need() -> None:
    asked = {each.id: each.run.needs for each in all_experiments() if each.run is not None}
    assert asked["uring-netpoll"] == ("io_uring",)
    assert asked["probe-latency"] == ("perf_event",)
