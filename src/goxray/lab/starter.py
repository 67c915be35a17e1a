"""The small program that starts every measured one: built once, with a toolchain that is here."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from goxray.core.errors import UsageError
from goxray.target.toolchains import Toolchain

_SOURCE = Path(__file__).parent / "shim"


def starter(toolchain: Toolchain, cache: Path) -> Path:
    """Return the starter's executable, building it where it is not kept.

    Raises:
        ToolchainError: it does not compile.
        UsageError: the cache cannot be written.
    """
    digest = hashlib.sha256((_SOURCE / "main.go").read_bytes()).hexdigest()[:16]
    place = cache / f"starter-{digest}-go{toolchain.version}"
    if place.is_file():
        return place
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".starter-", dir=cache) as name:
            work = Path(name)
            (work / "main.go").write_bytes((_SOURCE / "main.go").read_bytes())
            (work / "go.mod").write_text("module shim\n\ngo 1.21\n", "utf-8")
            built = toolchain.build(work, work / "starter")
            os.replace(built, place)
    except OSError as error:
        raise UsageError(
            f"cannot write to {cache}: {error.strerror}", hint="set GOXRAY_CACHE to a directory you may write to"
        ) from error
    return place
