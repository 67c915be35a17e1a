"""The Go builds that every oracle test runs on."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from goxray.target import toolchains


@dataclass(frozen=True)
class Variant:
    """One toolchain with the GOEXPERIMENT names that change the layout of maps or spans."""

    version: str
    experiments: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "-".join((f"go{self.version}", *self.experiments))

    @property
    def minor(self) -> int:
        """The 21 of 1.21.13."""
        return int(self.version.split(".")[1])

    @property
    def kind(self) -> str:
        """The kind of maps it makes."""
        return "classic" if self.minor < 24 or "noswissmap" in self.experiments else "swiss"

    def toolchain(self) -> toolchains.Toolchain:
        """Return the toolchain; a missing one is an error, never a reason to skip a test."""
        found = toolchains.find(self.version)
        if found is None:
            pytest.fail(f"Go {self.version} is not installed: run `make toolchains`")
        return found


BASELINES = tuple(Variant(version) for version in toolchains.VERSIONS)
EXPERIMENTS = (
    Variant("1.24.11", ("noswissmap",)),
    Variant("1.25.5", ("noswissmap",)),
    Variant("1.25.5", ("greenteagc",)),
    Variant("1.27.3", ("mapsplitgroup",)),
)
VARIANTS = BASELINES + EXPERIMENTS

CLASSIC = Variant("1.23.9")
SWISS = Variant("1.27.3")
"""One of each kind, for what does not depend on the version."""


def params(variants: tuple[Variant, ...] = VARIANTS) -> list[object]:
    """Return pytest parameters; tests of one variant stay in one worker, which builds and starts programs once."""
    return [pytest.param(variant, id=str(variant), marks=pytest.mark.xdist_group(str(variant))) for variant in variants]
