"""Executables that claim to come from another Go version."""

from __future__ import annotations

from pathlib import Path


def claim_version(executable: Path, out: Path, real: str, claimed: str) -> Path:
    """Copy an executable with ``real`` (``1.27.3``) replaced by ``claimed``, wherever it names its Go version.

    Both must be of one length: the build information holds the string in place (debug/buildinfo).
    """
    old, new = f"go{real}".encode(), f"go{claimed}".encode()
    assert len(old) == len(new)
    image = executable.read_bytes()
    assert image.count(old) >= 2
    out.write_bytes(image.replace(old, new))
    out.chmod(0o755)
    return out
