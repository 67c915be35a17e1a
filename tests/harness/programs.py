"""Go test programs, built once for each toolchain and kept in goxray's cache directory."""

from __future__ import annotations

import fcntl
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from goxray.target import toolchains
from tests.harness.variants import Variant

PROGRAMS = Path(__file__).parents[1] / "programs"


@dataclass(frozen=True)
class Build:
    """How a program is built: the arguments of :meth:`goxray.target.toolchains.Toolchain.build`."""

    variant: Variant
    cgo: bool = False
    pie: bool = False
    ldflags: str = ""
    goarch: str = ""
    """Another machine than this one."""
    goos: str = ""
    """Another system than this one."""
    trimpath: bool = False

    def __str__(self) -> str:
        flags = [*(["cgo"] if self.cgo else []), *(["pie"] if self.pie else [])]
        flags += ["trimpath"] if self.trimpath else []
        flags += [self.ldflags.replace(" ", "")] if self.ldflags else []
        return "-".join([str(self.variant), *(name for name in (self.goos, self.goarch) if name), *flags])

    @property
    def environment(self) -> dict[str, str]:
        """The variables that ask for another machine or system, and for flags that the toolchain's own do not have."""
        asked = {"GOARCH": self.goarch, "GOOS": self.goos}
        flags = {"GOFLAGS": "-mod=mod -buildvcs=false -trimpath"} if self.trimpath else {}
        return {name: value for name, value in asked.items() if value} | flags


def source_hash(source: Path) -> str:
    """Hash the names and contents of all files under a directory."""
    digest = hashlib.sha256()
    for path in sorted(path for path in source.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(source)}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def build(name: str, how: Build) -> Path:
    """Return the executable of the program ``name`` of tests/programs, building it where it is not in the cache.

    Several test processes may ask at once: one builds, the others wait.
    """
    source = PROGRAMS / name
    directory = toolchains.cache_dir() / "test-programs" / f"{name}-{source_hash(source)}"
    directory.mkdir(parents=True, exist_ok=True)
    out = directory / str(how)
    with open(f"{out}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not out.exists():
            partial = Path(f"{out}.partial")
            how.variant.toolchain().build(
                source, partial, experiments=how.variant.experiments, cgo=how.cgo, pie=how.pie, ldflags=how.ldflags,
                env=how.environment,
            )  # fmt: skip
            os.replace(partial, out)
    return out
