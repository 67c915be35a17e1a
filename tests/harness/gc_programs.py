"""Scenarios of ``goxray model gc`` as real programs: emitted, built once a toolchain, run with one processor."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
from pathlib import Path

from goxray.model.gc.answer import emit_go
from goxray.model.gc.emit import RealStep, read_output
from goxray.target import toolchains
from tests.harness.variants import Variant

TIMEOUT = 60
STOPPED = "gcstoptheworld=2"
STOPPED_OLD = "gcstoptheworld=1"
"""Go 1.21 throws under gcstoptheworld=2 ("failed to set sweep barrier"); with 1 it marks alike and sweeps beside."""


def program(scenario: str, variant: Variant) -> Path:
    """Return the executable of a scenario, building it where it is not in the cache."""
    source = emit_go(scenario)
    name = hashlib.sha256(source.encode()).hexdigest()[:16]
    directory = toolchains.cache_dir() / "test-programs" / f"scenario-{name}"
    (directory / "source").mkdir(parents=True, exist_ok=True)
    out = directory / str(variant)
    with open(f"{out}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not out.exists():
            (directory / "source" / "go.mod").write_text("module scenario\n\ngo 1.21\n")
            (directory / "source" / "main.go").write_text(source)
            partial = Path(f"{out}.partial")
            variant.toolchain().build(directory / "source", partial)
            os.replace(partial, out)
    return out


def run(scenario: str, variant: Variant, *, stopped: bool = True) -> list[RealStep]:
    """Run a scenario and return what the program printed, step by step."""
    how = (STOPPED_OLD if variant.minor < 22 else STOPPED) if stopped else ""
    environment = {"GOMAXPROCS": "1", "GODEBUG": ",".join(["gctrace=1", *([how] if how else [])])}
    done = subprocess.run(
        [str(program(scenario, variant))], env=environment, capture_output=True, text=True, timeout=TIMEOUT, check=True
    )
    return read_output(done.stderr)
