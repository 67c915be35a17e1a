"""The Go toolchain that tells types: found, never fetched; and the type checker built with it, once."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from goxray.core.errors import ToolchainError
from goxray.target import toolchains
from goxray.target.toolchains import Toolchain

SUPPORT = Path(__file__).parent / "support"
_PROGRAM = "goxray-types"
_MODULE = "module goxray.types\n\ngo 1.18\n"


def chosen(go: str = "") -> Toolchain:
    """Return the toolchain meant by ``--go`` (a release, a GOROOT or a ``go`` command), else the user's own.

    The user's own is that of ``$GOROOT``, else that of the ``go`` on PATH, else the newest on this machine.

    Raises:
        ToolchainError: there is none.
    """
    if go:
        command = Path(go).expanduser()
        if "/" in go and command.is_file():
            return _of_command(command.absolute()) or toolchains.matching(str(command.resolve().parent.parent))
        return toolchains.matching(go)
    for found in (_of_root(os.environ.get("GOROOT", "")), _of_command(shutil.which("go"))):
        if found is not None:
            return found
    everywhere = toolchains.everywhere()
    if not everywhere:
        raise ToolchainError(
            "--types needs a Go toolchain, and this machine has none",
            hint="install Go and put it on PATH, name one (--go GOROOT), or leave --types out",
        )
    return max(everywhere, key=lambda each: (each[0] == "PATH", toolchains.order(each[1].version)))[1]


def checker(toolchain: Toolchain) -> Path:
    """Return the type checker that a toolchain built, building it where that was not done yet.

    It lies in goxray's cache, by toolchain and by its source.

    Raises:
        ToolchainError: it cannot be built or kept.
    """
    home = toolchains.cache_dir() / "types" / _key(toolchain)
    program = home / _PROGRAM
    if program.is_file():
        return program
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".making-", dir=home) as name:
            place = Path(name)
            for path in SUPPORT.glob("*.go"):
                shutil.copyfile(path, place / path.name)
            (place / "go.mod").write_text(_MODULE, "utf-8")
            toolchain.build(place, place / _PROGRAM)
            os.replace(place / _PROGRAM, program)
    except OSError as error:
        raise ToolchainError(
            f"cannot write to {home}: {error.strerror}", hint="set GOXRAY_CACHE to a directory you may write to"
        ) from error
    return program


def _key(toolchain: Toolchain) -> str:
    command = toolchain.go.stat()
    identity = (toolchain.version, str(toolchain.root), command.st_size, command.st_mtime_ns, _MODULE)
    digest = hashlib.sha256(repr(identity).encode())
    for path in sorted(SUPPORT.glob("*.go")):
        digest.update(f"{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:32]


def _of_root(root: str) -> Toolchain | None:
    if root:
        with suppress(ToolchainError):
            return toolchains.matching(os.path.abspath(root))
    return None


def _of_command(command: str | os.PathLike[str] | None) -> Toolchain | None:
    """Return the toolchain of a ``go`` command; None where the command is a wrapper that stands elsewhere."""
    return _of_root(str(Path(command).resolve().parent.parent)) if command else None
